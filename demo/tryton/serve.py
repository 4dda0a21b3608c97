"""A furnished Tryton with credentials per stage, each start with a copy of the database of its own."""

import json
import shutil
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from demo.tryton import database, furnish
from demo.tryton.install import install
from demo.tryton.rpc import Rpc
from demo.tryton.server import Server
from orchestr.connectors.credentials import variable


@dataclass(frozen=True, slots=True, kw_only=True)
class Tryton:
    """A running ERP. `credential_files` are by stage; `system` is what an operator would configure."""

    server: Server = field(repr=False)
    url: str
    system: Mapping[str, Any]
    credential_files: Mapping[str, Path]
    password: str = field(repr=False)

    @property
    def pid(self) -> int:
        assert self.server.process is not None
        return self.server.process.pid

    @property
    def environment(self) -> dict[str, str]:
        """What a worker's environment names, for every stage there is a credential of."""
        key = str(self.system["key"])
        return {f"{variable(key, stage)}_FILE": str(path) for stage, path in self.credential_files.items()}

    def admin(self) -> Rpc:
        """Somebody else at Tryton, through nothing of ours."""
        return Rpc(self.url, "admin", self.password)


def start(*, cache: Path, folder: Path, port: int = 0, key: str = "tryton") -> Tryton:
    """Install if need be, copy the furnished database, serve it. `folder` takes data, log, credentials, `system.json`.

    Raises RuntimeError where it cannot be installed or does not come up.
    """
    installed = install(cache)
    made = database.furnished(installed / "packages", cache)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in folder.glob(f"{database.FILE}*"):  # of an earlier start, its journal too
        left.unlink()
    shutil.copy(made / database.FILE, folder / database.FILE)
    password = (made / database.PASSWORD).read_text().strip()
    server = Server(installed / "packages", folder, port=port)
    server.start()
    try:
        made_users = furnish.users(Rpc(server.url, "admin", password), key=key)
    except BaseException:
        server.stop()
        raise
    system = {"key": key, "kind": "tryton", "url": server.url, "settings": furnish.SETTINGS}
    _private(folder / "system.json", json.dumps(system, indent=2))
    files = {stage: folder / f"{key}-{stage}.json" for stage in made_users}
    for stage, secret in made_users.items():
        _private(files[stage], json.dumps(secret))
    return Tryton(server=server, url=server.url, system=system, credential_files=files, password=password)


def _private(path: Path, text: str) -> None:
    """Written whole and readable by its owner alone."""
    making = path.with_suffix(".new")
    making.touch(mode=0o600)
    making.write_text(text + "\n", encoding="utf-8")
    making.replace(path)


def serve_until_told(tryton: Tryton) -> int:
    """Wait for the child, passing on SIGINT and SIGTERM. Returns its exit code."""
    process = tryton.server.process
    assert process is not None

    def stop(_signal: int, _frame: FrameType | None) -> None:
        process.terminate()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    code = process.wait()
    return 0 if code in (0, -signal.SIGTERM) else code
