"""Tryton's packages in an environment of their own in a cache folder, as the lock file pins them."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

LOCK = Path(__file__).parent / "requirements.lock"
SERIES = "8.2"


def install(cache: Path, *, timeout_s: float = 600) -> Path:
    """The environment's folder, made once per lock file and Python. Two at once is fine: the second wins nothing.

    Raises RuntimeError with what pip said where it fails.
    """
    pinned = LOCK.read_bytes() + sys.version.encode()
    folder = cache / f"tryton-{hashlib.sha256(pinned).hexdigest()[:12]}"
    if not (folder / "ready").is_file():
        cache.mkdir(parents=True, exist_ok=True)
        making = Path(tempfile.mkdtemp(prefix="tryton-", dir=cache))
        try:
            # Packages are copied into a plain folder, which works wherever it is moved to: no scripts, no links.
            _run([sys.executable, "-m", "venv", str(making / "tools")], timeout_s)
            _fetch(making / "tools" / "bin" / "python", making / "packages", timeout_s)
            shutil.rmtree(making / "tools")
            (making / "ready").touch()
            _keep(making, folder)
        finally:
            shutil.rmtree(making, ignore_errors=True)
    return folder


def _fetch(python: Path, into: Path, timeout_s: float) -> None:
    # Only wheels: no package's own script is run.
    options = ["--quiet", "--disable-pip-version-check", "--require-hashes", "--only-binary", ":all:"]
    _run([str(python), "-m", "pip", "install", *options, "--target", str(into), "-r", str(LOCK)], timeout_s)


def _run(command: list[str], timeout_s: float) -> None:
    done = subprocess.run(command, timeout=timeout_s, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"Tryton could not be installed. The installer's last words:\n{done.stderr[-2000:]}")


def _keep(making: Path, folder: Path) -> None:
    try:
        os.rename(making, folder)
    except OSError:
        if not (folder / "ready").is_file():  # another process did not install it either
            raise
