"""Generated secrets, each in a file of its own that only its owner can read."""

import os
import secrets
from pathlib import Path


def private_folder(folder: Path) -> Path:
    """Make the folder (and its parents) if need be, readable by its owner alone; one that is there stays as it is."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def stored_secret(file: Path) -> str:
    """The secret in `file`; at first use a new one of 256 random bits is generated and stored with mode 0600.

    Two processes that ask at the same time get the same secret: the file appears whole or not at all.
    """
    private_folder(file.parent)
    if not file.exists():
        draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
        write_private(draft, secrets.token_urlsafe(32))
        try:
            os.link(draft, file)
        except FileExistsError:
            pass  # The other one was first, and its secret counts.
        finally:
            draft.unlink()
    return file.read_text().strip()


def write_private(file: Path, text: str) -> None:
    """Write `text` to `file`, created with mode 0600 from the first byte on."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
        stream.write(text)
