"""One Tryton process on the loopback, over a SQLite file in a folder."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

DATABASE = "erp"
PR_SET_PDEATHSIG = 1
# Without our own packages: Tryton behaves otherwise where it finds some of them (it asks the net about addresses).
PYTHON = (sys.executable, "-S")
CONFIG = """[database]
uri = sqlite://
path = {folder}
[web]
listen = 127.0.0.1:{port}
[session]
max_age = {session_s}
"""


class Server:
    """Started with `with`, or by `start` and `stop`."""

    def __init__(self, packages: Path, folder: Path, *, port: int = 0, session_s: int = 86_400) -> None:
        self._packages = packages
        self._folder = folder
        self.port = port or _free_port()
        self.url = f"http://127.0.0.1:{self.port}/{DATABASE}"
        self._session_s = session_s
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, *, timeout_s: float = 60) -> None:
        """Return when it takes connections. Raises RuntimeError with the log's end where it does not come up."""
        config = _config(self._folder, port=self.port, session_s=self._session_s)
        log = self._folder / "tryton.log"
        code = "from trytond.cli import main; main()"
        with log.open("wb") as said:
            self.process = subprocess.Popen(
                [*PYTHON, "-c", code, "-c", str(config), "-d", DATABASE],
                env=_environment(self._packages),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )
        deadline = time.monotonic() + timeout_s
        while not _answers(self.port):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                tail = log.read_text(errors="replace")[-2000:]
                raise RuntimeError(f"Tryton did not come up within {timeout_s:.0f} s. Its log ends:\n{tail}")
            time.sleep(0.05)

    def stop(self) -> None:
        """End it; twice is fine."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def administer(packages: Path, folder: Path, password: Path, *options: str) -> None:
    """Run Tryton's own administration on the folder's database. Raises RuntimeError with what it said."""
    config = _config(folder, port=0, session_s=60)
    command = [*PYTHON, "-c", "from trytond.cli.admin import main; main()"]
    command += ["-c", str(config), "-d", DATABASE, *options]
    env = _environment(packages) | {"TRYTONPASSFILE": str(password)}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise RuntimeError(f"Tryton's database could not be made:\n{done.stderr[-2000:]}")


def _environment(packages: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(packages), "PYTHONPATH": str(packages), "LC_ALL": "C.UTF-8"}


def _config(folder: Path, *, port: int, session_s: int) -> Path:
    path = folder / "trytond.conf"
    path.write_text(CONFIG.format(folder=folder, port=port, session_s=session_s))
    return path


def _die_with_parent() -> None:
    """Linux: the child ends when we are killed, so that kill -9 leaves no server behind."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
