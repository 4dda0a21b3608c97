"""The demo shop and ERP, and on request a real Vendure, started before anything that reads them."""

from collections.abc import Callable, Mapping
from pathlib import Path

from launch import demo_file, ports, processes
from launch.children import Children
from launch.credentials import variable
from launch.deployment import LOOPBACK, Deployment, Servers

# At its first start the shop makes up a past of its own.
DEMO_WITHIN = 90.0
# A real shop may have to be fetched from npm first.
VENDURE_WITHIN = 240.0
VENDURE_STAGES = ("read", "publish")


def start_demo_systems(
    children: Children, deployment: Deployment, servers: Servers, env: Mapping[str, str]
) -> dict[str, str]:
    """Start them, wait until they answer, and return what everybody else has to know: addresses and credentials."""
    rows = {
        "shop": processes.shop(port=_port(deployment, "shop"), data=str(deployment.data / "shop")),
        "erp": processes.erp(port=_port(deployment, "erp"), data=str(deployment.data / "erp")),
    }
    children.add_stage(*(processes.command(row, deployment, servers, env) for row in rows.values()))
    for name, row in rows.items():
        children.await_answer(_answered(row.port), of=name, within=DEMO_WITHIN)
    known = {f"ORCHESTR_DEMO_{name.upper()}_URL": _url(row.port) for name, row in rows.items()}
    shop_url = known["ORCHESTR_DEMO_SHOP_URL"]
    demo_file.merge(deployment.data, shop={"url": shop_url, "control_url": f"{shop_url}/_control"})
    if deployment.shop == "vendure":
        known |= _start_vendure(children, deployment, servers, env)
    return known


def _start_vendure(
    children: Children, deployment: Deployment, servers: Servers, env: Mapping[str, str]
) -> dict[str, str]:
    """Vendure keeps nothing: each start makes its catalogue and its keys anew, and says `ready` once both are there."""
    folder = deployment.data / "vendure"
    row = processes.vendure(port=_port(deployment, "vendure"), folder=str(folder), cache=str(deployment.data / "cache"))
    started = processes.command(row, deployment, servers, env)
    seen = started.log.stat().st_size if started.log.exists() else 0
    children.add_stage(started)
    children.await_answer(_says_ready(started.log, after=seen), of="vendure", within=VENDURE_WITHIN)
    files = {variable("vendure", stage): str(folder / f"vendure-{stage}.json") for stage in VENDURE_STAGES}
    return files | {"ORCHESTR_DEMO_VENDURE_URL": f"{_url(row.port)}/admin-api"}


def _port(deployment: Deployment, name: str) -> int:
    return ports.kept_port(deployment.data / "ports.json", name)


def _url(port: int | None) -> str:
    return f"http://{LOOPBACK}:{port}"


def _answered(port: int | None) -> Callable[[], bool]:
    return lambda: port is not None and ports.is_answered(port)


def _says_ready(log: Path, *, after: int) -> Callable[[], bool]:
    def says_ready() -> bool:
        with log.open("rb") as said:
            said.seek(after)
            return b'"ready": true' in said.read()

    return says_ready
