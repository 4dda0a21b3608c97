"""The keys of the log: public ones in its table with the time since when they sign, private ones in a file."""

import os
import secrets
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from audit.models import AuditKey
from audit.notes import Checkpoint, Key, NoteRefused, Signer, opened
from audit.prepared import prepared


class KeyRefused(Exception):
    """A key that cannot seal this log; the message says why and what to do."""


def signers_from(path: Path) -> list[Signer]:
    """The private keys in the file, the one in use first; those below it sign too while people take over the new one.

    Refuses (KeyRefused) a file that others may read, an empty one, and keys of several logs.
    """
    try:
        with path.open() as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise KeyRefused(f"{path.name} can be read by others: take their rights away (chmod 600).")
            signers = [Signer.parse(line) for line in file.read().splitlines() if line.strip()]
    except OSError as error:
        raise KeyRefused(f"The key file {path.name} cannot be read: {error.strerror}.") from error
    except NoteRefused as error:
        raise KeyRefused(f"{path.name}: {error}") from error
    if not signers:
        raise KeyRefused(f"{path.name} holds no key.")
    if len({signer.key.name for signer in signers}) > 1:
        raise KeyRefused(f"{path.name} holds keys of several logs.")
    return signers


def ensure_key_file(path: Path, *, lost: bool = False) -> None:
    """Make the first key of a log in a file of its own (mode 0600), with a new origin, where there is no file yet.

    Refuses (KeyRefused) where the log has keys already and the file is missing: it should be put back. Only where it
    is `lost` for good is a new key made under the log's origin, which no old key vouches for.
    """
    if path.exists():
        return
    known = keys_known()
    if known and not lost:
        raise KeyRefused(f"The key file {path.name} is missing: put it back, or make a new one with --lost-key.")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    origin = known[0].name if known else f"orchestr-audit/{secrets.token_hex(8)}"
    _write(path, [Signer.new(origin)], replacing=False)


def rotate(path: Path) -> Signer:
    """Put a new key before the one in use, which goes on signing beside it until somebody takes its line out."""
    signers = signers_from(path)
    new = Signer.new(signers[0].key.name)
    _write(path, [new, signers[0]], replacing=True)
    return new


def announce(signers: Sequence[Signer], *, at: datetime) -> list[Key]:
    """Put keys that are not yet known into the table; those that were new.

    Refuses (KeyRefused) keys of another log than the one that is there.
    """
    known = keys_known()
    origin = signers[0].key.name
    if any(key.name != origin for key in known):
        raise KeyRefused(
            "The key file belongs to another log: the origin of its key is not the one this log began with."
        )
    new = [signer.key for signer in signers if signer.key not in known]
    AuditKey.objects.bulk_create([AuditKey(key=str(key), since=at) for key in new])
    return new


def keys_known() -> list[Key]:
    """Every key that ever signed this log, the first one first. Raises NoteRefused where a row cannot be read."""
    return [key for key, _ in keys_since()]


def keys_since() -> list[tuple[Key, datetime]]:
    """Every key with the time since when it signs."""
    with prepared() as cursor:
        cursor.execute("SELECT key, since FROM audit_key ORDER BY since, key")
        return [(Key.parse(key), since) for key, since in cursor.fetchall()]


def opened_in_time(note: str, keys: Sequence[tuple[Key, datetime]]) -> tuple[Checkpoint, Key]:
    """A checkpoint and the key that signed it, where that key was in use by then. Raises NoteRefused."""
    checkpoint, key = opened(note, [key for key, _ in keys])
    if all(checkpoint.at < since for known, since in keys if known == key):
        raise NoteRefused(f"The checkpoint is older than its key {key.id.hex()}.")
    return checkpoint, key


def _write(path: Path, signers: Sequence[Signer], *, replacing: bool) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write("".join(f"{signer.secret()}\n" for signer in signers))
    try:
        if replacing:
            draft.replace(path)
        else:
            os.link(draft, path)
    except FileExistsError:
        pass  # Another one was first, and its key counts.
    finally:
        draft.unlink(missing_ok=True)
