"""Credentials come from the environment or a mounted file and are never shown."""

import pickle
from pathlib import Path

import pytest

from orchestr.connectors.credentials import CredentialMissing, Credentials, held, load, variable

CANARY = "canary-4f1d"


def test_the_variable_is_named_after_the_system_and_the_stage() -> None:
    assert variable("demo-shop", "publish") == "ORCHESTR_CREDENTIAL_DEMO_SHOP_PUBLISH"


def test_a_bare_token_and_an_object_are_both_read() -> None:
    bare = load(system="shop", purpose="read", environ={"ORCHESTR_CREDENTIAL_SHOP_READ": f" {CANARY}\n"})
    assert bare["token"] == CANARY
    both = {"ORCHESTR_CREDENTIAL_SHOP_READ": '{"username": "u", "password": "p"}'}
    assert load(system="shop", purpose="read", environ=both)["password"] == "p"


def test_a_mounted_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(CANARY)
    env = {"ORCHESTR_CREDENTIAL_SHOP_PUBLISH_FILE": str(tmp_path / "secret")}
    assert load(system="shop", purpose="publish", environ=env)["token"] == CANARY
    assert held(system="shop", purpose="publish", environ=env)
    assert not held(system="shop", purpose="read", environ=env)


@pytest.mark.parametrize(
    "env",
    [
        {},
        {"ORCHESTR_CREDENTIAL_SHOP_READ": " "},
        {"ORCHESTR_CREDENTIAL_SHOP_READ_FILE": "/no/such/file"},
        {"ORCHESTR_CREDENTIAL_SHOP_READ": '{"token": ' + f'"{CANARY}"'},
        {"ORCHESTR_CREDENTIAL_SHOP_READ": '{"token": 5}'},
        {"ORCHESTR_CREDENTIAL_SHOP_PUBLISH": CANARY},
    ],
)
def test_what_is_missing_or_broken_names_the_variable_and_no_secret(env: dict[str, str]) -> None:
    with pytest.raises(CredentialMissing) as missing:
        load(system="shop", purpose="read", environ=env)
    assert "ORCHESTR_CREDENTIAL_SHOP_READ" in str(missing.value)
    assert CANARY not in str(missing.value)


def test_a_credential_shows_itself_nowhere() -> None:
    held_one = Credentials(system="shop", purpose="publish", secrets={"token": CANARY})
    assert CANARY not in f"{held_one!r} {held_one} {[held_one]}"
    with pytest.raises(CredentialMissing) as missing:
        held_one["api_key"]
    assert CANARY not in str(missing.value)


def test_a_credential_cannot_enter_a_task_message() -> None:
    with pytest.raises(TypeError, match="never pickled"):
        pickle.dumps(Credentials(system="shop", purpose="publish", secrets={"token": CANARY}))
