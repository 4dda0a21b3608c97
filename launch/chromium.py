"""Which Chromium to drive, and how: quiet, and with nothing fetched behind a test's back."""

import os
import shutil
from pathlib import Path

ARGUMENTS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-sync",
    "--no-first-run",
)


def program() -> Path | None:
    """`$CHROMIUM`, else the one on the PATH, else none."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    return Path(found) if found else None


def arguments() -> list[str]:
    """Chromium refuses its sandbox to root, so root goes without: it only opens our own loopback pages."""
    return [*ARGUMENTS, "--no-sandbox"] if os.geteuid() == 0 else list(ARGUMENTS)
