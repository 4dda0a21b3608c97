"""Start and stop one Vendure: a Node child on the loopback, set up and with credentials written."""

import ctypes
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from demo.vendure import furnish
from demo.vendure.graphql import Graphql
from demo.vendure.install import install
from orchestr.connectors.credentials import variable

PR_SET_PDEATHSIG = 1
# Who wants to sign in to this shop chooses its superadmin's password; otherwise nobody knows it.
PASSWORD_VARIABLE = "VENDURE_SUPERADMIN_PASSWORD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendure:
    """A running shop. `credential_files` are by stage; `system` is what an operator would configure."""

    process: "subprocess.Popen[bytes]" = field(repr=False)
    url: str
    shop_url: str
    system: Mapping[str, Any]
    credential_files: Mapping[str, Path]
    username: str
    password: str = field(repr=False)

    @property
    def environment(self) -> dict[str, str]:
        """What a worker's environment names, for every stage there is a credential of."""
        key = str(self.system["key"])
        return {f"{variable(key, stage)}_FILE": str(path) for stage, path in self.credential_files.items()}

    def stop(self) -> None:
        """End the child; twice is fine."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def start(
    *, cache: Path, folder: Path, port: int = 0, key: str = "vendure", orders: int = 24, timeout_s: float = 120
) -> Vendure:
    """Install if need be, serve, set up and sell a little. `folder` takes log, credentials and `system.json`.

    Raises NodeMissing, RuntimeError with the log's end where the server does not come up.
    """
    installed = install(cache)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    port = port or _free_port()
    password = os.environ.get(PASSWORD_VARIABLE) or secrets.token_urlsafe(24)
    process = _spawn(installed, folder / "vendure.log", port, password)
    try:
        _wait(process, folder / "vendure.log", timeout_s)
        url, shop_url = f"http://127.0.0.1:{port}/admin-api", f"http://127.0.0.1:{port}/shop-api"
        admin = Graphql(url)
        admin.sign_in("superadmin", password)
        furnished = furnish.furnish(admin)
        furnish.place_orders(shop_url, count=orders)
    except BaseException:
        process.kill()
        process.wait()
        raise
    system = {"key": key, "kind": "vendure", "url": url, "settings": furnish.SETTINGS}
    _private(folder / "system.json", json.dumps(system, indent=2))
    files = {stage: folder / f"{key}-{stage}.json" for stage in furnished.keys}
    for stage, secret in furnished.keys.items():
        _private(files[stage], json.dumps(secret))
    return Vendure(
        process=process,
        url=url,
        shop_url=shop_url,
        system=system,
        credential_files=files,
        username="superadmin",
        password=password,
    )


def _spawn(installed: Path, log: Path, port: int, password: str) -> "subprocess.Popen[bytes]":
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(installed),
        "PORT": str(port),
        PASSWORD_VARIABLE: password,
        "VENDURE_DISABLE_TELEMETRY": "true",
        "NODE_ENV": "production",
    }
    with log.open("wb") as said:
        return subprocess.Popen(
            ["node", str(installed / "server.cjs")],
            cwd=installed,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )


def _die_with_parent() -> None:
    """Linux: the child ends when we are killed, so that kill -9 leaves no shop behind."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _wait(process: "subprocess.Popen[bytes]", log: Path, timeout_s: float) -> None:
    """Until the log says that it listens. The log is a file, so that nothing it says later can block it."""
    deadline = time.monotonic() + timeout_s
    while b'"listening"' not in log.read_bytes():
        if process.poll() is not None or time.monotonic() > deadline:
            tail = log.read_text(errors="replace")[-2000:]
            raise RuntimeError(f"Vendure did not come up within {timeout_s:.0f} s. Its log ends:\n{tail}")
        time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _private(path: Path, text: str) -> None:
    """Written whole and readable by its owner alone."""
    making = path.with_suffix(".new")
    making.touch(mode=0o600)
    making.write_text(text + "\n", encoding="utf-8")
    making.replace(path)


def serve_until_told(vendure: Vendure) -> int:
    """Wait for the child, passing on SIGINT and SIGTERM. Returns its exit code."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        vendure.process.terminate()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    code = vendure.process.wait()
    return 0 if code in (0, -signal.SIGTERM) else code
