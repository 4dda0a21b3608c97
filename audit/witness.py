"""Witnesses: places that keep checkpoints where the owner of the database cannot rewrite them.

A folder that another process and operating system user writes (or an object store mounted there), and mail. What
they keep is held against the log when the sealer starts and while it runs. `python -m audit.witness` is such another
process: it asks a running Orchestr for its checkpoint, checks that the log only grew since the last one it kept, and
keeps the new one. It needs no Django and no database.
"""

import argparse
import base64
import http.client
import json
import os
import sys
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from audit.notes import Checkpoint, Key, NoteRefused, opened
from audit.proofs import ProofRefused, check_consistency

LARGEST_ANSWER = 1_000_000
TIMEOUT_S = 20


class Witness(Protocol):
    """Takes checkpoints. It may be slow or away: whoever offers goes on, and says so."""

    def offer(self, note: str, checkpoint: Checkpoint, *, at: datetime) -> None:
        """Keep this checkpoint if one is due; raises OSError where it cannot."""
        ...


@dataclass(slots=True)
class Folder:
    """One file for each checkpoint kept, at most one in `every`, and none twice for a log that has not grown."""

    path: Path
    every: timedelta
    _last: tuple[int, datetime] | None = field(default=None, init=False)

    def offer(self, note: str, checkpoint: Checkpoint, *, at: datetime) -> None:
        if self._last and (self._last[0] == checkpoint.size or at < self._last[1] + self.every):
            return
        keep(self.path, note, checkpoint)
        self._last = (checkpoint.size, at)


@dataclass(slots=True)
class Mail:
    """A mail with the checkpoint in it, at most one in `every`. `send` takes subject and text."""

    send: Callable[[str, str], None]
    every: timedelta
    _last: tuple[int, datetime] | None = field(default=None, init=False)

    def offer(self, note: str, checkpoint: Checkpoint, *, at: datetime) -> None:
        if self._last and (self._last[0] == checkpoint.size or at < self._last[1] + self.every):
            return
        self.send(f"Checkpoint of {checkpoint.origin}: {checkpoint.size} entries", note)
        self._last = (checkpoint.size, at)


def keep(folder: Path, note: str, checkpoint: Checkpoint) -> Path:
    """Write a checkpoint into a folder of them, whole or not at all; one that is there already stays."""
    file = folder / f"{checkpoint.size:020}-{checkpoint.root.hex()[:16]}.note"
    if not file.exists():
        draft = folder / f".{file.name}.{os.getpid()}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o444), "w") as stream:
            stream.write(note)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(file)
    return file


class Refused(Exception):
    """The log that answered is not the one that was kept, grown; the message says in what."""


def take(*, url: str, key: Key, folder: Path) -> Checkpoint:
    """Ask the Orchestr at `url` for its checkpoint, and keep it if its log begins with the one kept last.

    Raises Refused where it does not: then nothing is kept, and somebody has to look. Raises OSError where nobody
    answers.
    """
    note = _asked(f"{url}/audit/checkpoint/")
    try:
        new, _ = opened(note, [key])
        last = _last_kept(folder, key)
        if last is not None:
            proof = _asked(f"{url}/audit/consistency/{last.size}/{new.size}/") if last.size <= new.size else "[]"
            hashes = [base64.b64decode(text, validate=True) for text in json.loads(proof)]
            check_consistency(old=last.size, old_root=last.root, size=new.size, root=new.root, proof=hashes)
    except (NoteRefused, ProofRefused, ValueError, TypeError, RecursionError) as error:
        raise Refused(str(error)) from error
    keep(folder, note, new)
    return new


def main(argv: list[str] | None = None) -> int:
    """The program: 0 the checkpoint is kept, 1 the log is another one than was kept, 2 nothing could be asked."""
    parser = argparse.ArgumentParser(prog="python -m audit.witness", description=__doc__)
    parser.add_argument("--url", required=True, help="where Orchestr answers")
    parser.add_argument("--key", required=True, help="the log's public key, NAME+ID+BASE64, or a file with it")
    parser.add_argument("--into", type=Path, required=True, help="the folder to keep checkpoints in")
    given = parser.parse_args(argv)
    try:
        text = Path(given.key).read_text() if Path(given.key).is_file() else given.key
        kept = take(url=given.url.rstrip("/"), key=Key.parse(text), folder=given.into)
    except Refused as refused:
        sys.stderr.write(f"The log is not the one that was kept: {refused}\n")
        return 1
    except (OSError, NoteRefused) as error:
        sys.stderr.write(f"No checkpoint could be had: {error}\n")
        return 2
    sys.stdout.write(f"Kept the checkpoint of {kept.size} entries.\n")
    return 0


def _last_kept(folder: Path, key: Key) -> Checkpoint | None:
    files = sorted(file for file in folder.glob("*.note") if not file.name.startswith("."))
    return opened(files[-1].read_text(), [key])[0] if files else None


def _asked(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise OSError("the address is not one of the web")
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:  # noqa: S310 - the scheme is checked above
            content = answer.read(LARGEST_ANSWER)
            if answer.length:  # bytes that were announced and did not come, or too many
                raise OSError("the answer broke off")
            return str(content.decode())
    except (http.client.HTTPException, UnicodeDecodeError, ValueError) as error:
        raise OSError("the answer cannot be read") from error


if __name__ == "__main__":
    sys.exit(main())
