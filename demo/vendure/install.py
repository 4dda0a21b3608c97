"""Packages of a Node server in a cache folder of our own, as its lock file pins them: Vendure's, or another's."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
FILES = ("package.json", "package-lock.json", ".npmrc")


class NodeMissing(RuntimeError):
    """Node or npm is not on PATH; the text says what to install."""


def install(cache: Path, *, source: Path = HERE, server: str = "server.cjs", timeout_s: float = 600) -> Path:
    """The folder with `node_modules`, made once per lock file. Two at once is fine: the second one wins nothing.

    `source` holds package.json, lock file and the server's script. Raises NodeMissing, or
    subprocess.CalledProcessError where npm fails.
    """
    require_node()
    pinned = b"".join((source / name).read_bytes() for name in FILES)
    folder = cache / f"{source.name}-{hashlib.sha256(pinned).hexdigest()[:12]}"
    if not (folder / "node_modules").is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        making = Path(tempfile.mkdtemp(prefix=f"{source.name}-", dir=cache))
        try:
            for name in FILES:
                shutil.copy(source / name, making / name)
            # Scripts of packages are never run: nothing here needs to be built.
            command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
            subprocess.run(command, cwd=making, check=True, timeout=timeout_s, stdout=subprocess.DEVNULL)
            _keep(making, folder)
        finally:
            shutil.rmtree(making, ignore_errors=True)
    shutil.copy(source / server, folder / server)
    return folder


def require_node() -> None:
    if not shutil.which("node") or not shutil.which("npm"):
        raise NodeMissing("Vendure needs Node 20 or newer with npm: install nodejs and npm, or leave SHOP unset.")


def _keep(making: Path, folder: Path) -> None:
    try:
        os.rename(making, folder)
    except OSError:
        if not (folder / "node_modules").is_dir():  # another process did not install it either
            raise
