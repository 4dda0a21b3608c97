"""`demo.json` in the data folder: what a visitor, a demo agent or a test needs to know of this deployment."""

import fcntl
import json
import os
from pathlib import Path
from typing import Any

from launch.keys import write_private

NAME = "demo.json"


def read(data: Path) -> dict[str, Any]:
    """The file's content, empty before the first start."""
    file = data / NAME
    return dict(json.loads(file.read_text())) if file.exists() else {}


def merge(data: Path, **parts: object) -> None:
    """Replace these parts of the file and leave the others; readers see the old file or the new one, never half.

    It holds the demo agents' tokens, so only its owner may read it.
    """
    with (data / f".{NAME}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        draft = data / f".{NAME}.{os.getpid()}"
        write_private(draft, json.dumps(read(data) | parts, indent=2) + "\n")
        draft.replace(data / NAME)
