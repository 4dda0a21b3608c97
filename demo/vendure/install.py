"""Vendure's packages in a cache folder of our own, as the lock file pins them."""

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


def install(cache: Path, *, timeout_s: float = 600) -> Path:
    """The folder with `node_modules`, made once per lock file. Two at once is fine: the second one wins nothing.

    Raises NodeMissing, or subprocess.CalledProcessError where npm fails.
    """
    require_node()
    pinned = b"".join((HERE / name).read_bytes() for name in FILES)
    folder = cache / f"vendure-{hashlib.sha256(pinned).hexdigest()[:12]}"
    if not (folder / "node_modules").is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        making = Path(tempfile.mkdtemp(prefix="vendure-", dir=cache))
        try:
            for name in FILES:
                shutil.copy(HERE / name, making / name)
            # Scripts of packages are never run: nothing here needs to be built.
            command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
            subprocess.run(command, cwd=making, check=True, timeout=timeout_s, stdout=subprocess.DEVNULL)
            _keep(making, folder)
        finally:
            shutil.rmtree(making, ignore_errors=True)
    shutil.copy(HERE / "server.cjs", folder / "server.cjs")
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
