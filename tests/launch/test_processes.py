"""Who may know what: servers, credentials, the owner's address."""

from pathlib import Path

import pytest

from launch import processes
from launch.credentials import generated
from launch.deployment import Deployment, Servers

SERVERS = Servers(
    database_url="postgres://app@/x", owner_url="postgres://owner@/x", broker_url="redis://b", channel_url="redis://c"
)


@pytest.fixture
def environment_of(tmp_path):
    env = generated(tmp_path / "credentials") | {
        "PATH": "/bin",
        "DATABASE_OWNER_URL": SERVERS.owner_url,
        "ORCHESTR_CREDENTIAL_OWN_SHOP_PUBLISH": "their own",
        "ORCHESTR_CREDENTIAL_OWN_SHOP_READ": "their own, for reading",
    }
    deployment = Deployment(data=tmp_path)

    def environment(row: processes.Process) -> dict[str, str]:
        return dict(processes.command(row, deployment, SERVERS, env).environment)

    return environment


def credentials(environment: dict[str, str]) -> set[str]:
    return {name.removeprefix("ORCHESTR_CREDENTIAL_") for name in environment if "CREDENTIAL" in name}


ROWS = [
    processes.shop(port=1, data="x"),
    processes.erp(port=2, data="x"),
    processes.sandbox(port=7, data="x", credentials={"read": "r", "publish": "p"}),
    processes.vendure(port=3, folder="x", cache="x"),
    processes.web(host="127.0.0.1", port=4),
    processes.publish_worker(),
    processes.catalogue_worker(),
    processes.sealer(key="x"),
    processes.beat(schedule="x"),
    processes.agent("repricer"),
]


def test_only_the_publish_worker_holds_publish_credentials_of_every_system(environment_of):
    holders = [row.name for row in ROWS if "OWN_SHOP_PUBLISH" in credentials(environment_of(row))]

    assert holders == ["publish"]


@pytest.mark.parametrize(
    "row", [processes.web(host="h", port=1), processes.catalogue_worker()], ids=lambda row: row.name
)
def test_web_and_catalogue_worker_only_read(environment_of, row):
    found = credentials(environment_of(row))
    assert found == {"DEMO_SHOP_READ_FILE", "DEMO_ERP_READ_FILE", "OWN_SHOP_READ", "FOLDER"}


def test_credentials_laid_ready_while_it_runs_lie_in_one_folder_for_reading_and_one_for_writing(environment_of):
    named = {row.name: environment_of(row).get("ORCHESTR_CREDENTIAL_FOLDER", "") for row in ROWS}
    assert named["web"] == named["catalogue"] != named["publish"]
    assert {name for name, folder in named.items() if folder} == {"web", "catalogue", "publish"}


def test_a_demo_system_knows_its_own_secrets_alone(environment_of):
    assert credentials(environment_of(ROWS[0])) == {"DEMO_SHOP_READ_FILE", "DEMO_SHOP_PUBLISH_FILE"}


def test_agents_and_shops_know_no_server(environment_of):
    for row in ROWS:
        knows = {"DATABASE_URL", "BROKER_URL", "CHANNEL_URL"} & set(environment_of(row))
        assert bool(knows) == (row.name in {"web", "publish", "catalogue", "sealer", "beat"}), row.name


def test_the_sealer_alone_learns_where_the_key_of_the_log_is_and_holds_no_credential(environment_of):
    knows = {row.name for row in ROWS if "ORCHESTR_SEAL_KEY_FILE" in environment_of(row)}

    assert knows == {"sealer"}
    assert credentials(environment_of(processes.sealer(key="x"))) == set()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_no_process_that_serves_learns_the_owners_address(environment_of, row):
    assert SERVERS.owner_url not in environment_of(row).values()


def test_a_secret_is_stored_once_and_for_its_owner_alone(tmp_path):
    first, second = generated(tmp_path), generated(tmp_path)

    assert first == second
    secrets = [Path(file).read_text() for file in first.values()]
    assert len(set(secrets)) == len(secrets) == 4
    assert all(len(secret) >= 40 for secret in secrets)
    assert {Path(file).stat().st_mode & 0o777 for file in first.values()} == {0o600}
