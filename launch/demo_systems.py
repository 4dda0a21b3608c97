"""The demo shop and ERP, and on request a sandbox for drills and a real Vendure: started side by side, waited for when they are needed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from launch import demo_file, ports, processes
from launch.children import Children
from launch.credentials import DEMO_STAGES, SANDBOX, variable
from launch.deployment import LOOPBACK, Deployment, Servers

# At its first start the shop makes up a past of its own.
DEMO_WITHIN = 90.0
# A real shop may have to be fetched from npm first.
VENDURE_WITHIN = 240.0
VENDURE_STAGES = ("read", "publish")


@dataclass(frozen=True, slots=True)
class DemoSystems:
    """The systems that were started: what everybody else has to know of them, and how to tell that each is there."""

    known: Mapping[str, str]
    answers: Mapping[str, Callable[[], bool]]

    def await_all(self, children: Children) -> None:
        """Wait until every one of them answers."""
        for name, answers in self.answers.items():
            children.await_answer(answers, of=name, within=VENDURE_WITHIN if name == "vendure" else DEMO_WITHIN)


def start_demo_systems(
    children: Children, deployment: Deployment, servers: Servers, env: Mapping[str, str]
) -> DemoSystems:
    """Start them and return at once; addresses and credentials are known before they answer."""
    port = {name: ports.kept_port(deployment.data / "ports.json", name) for name in ("shop", "erp", "vendure")}
    rows = [
        processes.shop(port=port["shop"], data=str(deployment.data / "shop")),
        processes.erp(port=port["erp"], data=str(deployment.data / "erp")),
    ]
    known = {f"ORCHESTR_DEMO_{name.upper()}_URL": _url(port[name]) for name in ("shop", "erp")}
    answers: dict[str, Callable[[], bool]] = {name: _answered(port[name]) for name in ("shop", "erp")}
    if deployment.sandbox:
        port["sandbox"] = ports.kept_port(deployment.data / "ports.json", "sandbox")
        held = {stage: env[variable(SANDBOX, stage)] for stage in DEMO_STAGES}
        data = str(deployment.data / "sandbox")
        rows.append(processes.sandbox(port=port["sandbox"], data=data, credentials=held))
        known["ORCHESTR_DEMO_SANDBOX_URL"] = _url(port["sandbox"])
        answers["sandbox"] = _answered(port["sandbox"])
    if deployment.shop == "vendure":
        folder = deployment.data / "vendure"
        rows.append(processes.vendure(port=port["vendure"], folder=str(folder), cache=str(deployment.data / "cache")))
        files = {variable("vendure", stage): str(folder / f"vendure-{stage}.json") for stage in VENDURE_STAGES}
        known |= files | {"ORCHESTR_DEMO_VENDURE_URL": f"{_url(port['vendure'])}/admin-api"}
        answers["vendure"] = _says_ready(deployment.logs / "vendure.log")
    children.add_stage(*(processes.command(row, deployment, servers, env) for row in rows))
    shop_url = _url(port["shop"])
    demo_file.merge(deployment.data, shop={"url": shop_url, "control_url": f"{shop_url}/_control"})
    return DemoSystems(known, answers)


def _url(port: int) -> str:
    return f"http://{LOOPBACK}:{port}"


def _answered(port: int) -> Callable[[], bool]:
    return lambda: ports.is_answered(port)


def _says_ready(log: Path) -> Callable[[], bool]:
    """Vendure keeps nothing: each start makes its catalogue and keys anew, and says so once both are there."""
    seen = log.stat().st_size if log.exists() else 0

    def says_ready() -> bool:
        with log.open("rb") as said:
            said.seek(seen)
            return b'"ready": true' in said.read()

    return says_ready
