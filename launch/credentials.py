"""Which process may hold which of the shops' credentials.

Each demo system has one secret a stage, generated at first start. A process gets the path of a secret in its
environment only for the stages it may hold; credentials of other systems that the operator names are dealt out alike.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from launch.keys import stored_secret

DEMO_SYSTEMS = ("demo-shop", "demo-erp")
SANDBOX = "demo-sandbox"
DEMO_STAGES = ("read", "publish")
NAMED = re.compile(r"ORCHESTR_CREDENTIAL_(?P<system>.+)_(?P<stage>READ|DRAFT|STAGE|PUBLISH|WEBHOOK)(_FILE)?")


def generated(folder: Path, systems: Iterable[str] = DEMO_SYSTEMS) -> dict[str, str]:
    """Make what is missing of `folder/<system>.<stage>` and return each file's path by its variable."""
    found = {}
    for system in systems:
        for stage in DEMO_STAGES:
            file = folder / f"{system}.{stage}"
            stored_secret(file)
            found[variable(system, stage)] = str(file)
    return found


def variable(system: str, stage: str) -> str:
    """The environment variable that names the file with this credential."""
    return f"ORCHESTR_CREDENTIAL_{re.sub(r'[^A-Z0-9]', '_', system.upper())}_{stage.upper()}_FILE"


def dealt(env: Mapping[str, str], *, stages: Iterable[str], systems: Iterable[str] | None = None) -> dict[str, str]:
    """Of the credentials in `env`, those of these stages (and of these systems, where they are named)."""
    wanted = {stage.upper() for stage in stages}
    only = None if systems is None else {re.sub(r"[^A-Z0-9]", "_", system.upper()) for system in systems}
    return {
        name: value
        for name, value in env.items()
        if (match := NAMED.fullmatch(name)) and match["stage"] in wanted and (only is None or match["system"] in only)
    }
