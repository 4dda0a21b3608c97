"""Signed notes and checkpoints as C2SP writes them (signed-note, tlog-checkpoint), with Ed25519. No Django, no I/O.

A note is text, an empty line, and a line for each signature: `— NAME BASE64`, where the first four bytes are the
id of the key. A checkpoint is a note whose text is the log's origin, its size and its root; a fourth line says when
it was signed. A key is written as `NAME+ID+BASE64`, a private one as `PRIVATE+KEY+NAME+ID+BASE64`.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519 = b"\x01"
_PRIVATE = "PRIVATE+KEY+"
_NAME = re.compile(r"[^\s+\x00-\x20\x7f\ud800-\udfff]{1,200}")  # no half of a pair: it has no bytes to sign
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_SIGNATURE_LINE = re.compile("\u2014 ([^ ]+) ([A-Za-z0-9+/=]+)")
_TIME = "time "
_TIME_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"
LARGEST_NOTE = 1_000_000
MOST_SIGNATURES = 16
LARGEST_SIZE = 1 << 63


class NoteRefused(ValueError):
    """A note, checkpoint or key that cannot be read or is not signed by who should; the message says why."""


@dataclass(frozen=True, slots=True)
class Key:
    """A public key: whose it is (`name`, the log's origin) and its 32 bytes."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """Four bytes, as C2SP derives them from name, kind and key."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{_base64(_ED25519 + self.public)}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `NAME+ID+BASE64`; raises NoteRefused."""
        name, id, public = _key_parts(text.strip())
        key = cls(name, public)
        if key.id.hex() != id:
            raise NoteRefused("The id of the key is not that of its name and bytes.")
        return key


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key. Never shown: its text form is for the key's own file."""

    key: Key
    _private: Ed25519PrivateKey

    def __repr__(self) -> str:
        return f"Signer({self.key})"

    @classmethod
    def new(cls, name: str) -> Self:
        if not _NAME.fullmatch(name):
            raise NoteRefused("A key's name has no space and no plus sign.")
        return cls._of(name, Ed25519PrivateKey.generate())

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `PRIVATE+KEY+NAME+ID+BASE64`; raises NoteRefused, without a word of the key."""
        text = text.strip()
        if not text.startswith(_PRIVATE):
            raise NoteRefused("This is no private key of a log.")
        name, id, seed = _key_parts(text.removeprefix(_PRIVATE))
        signer = cls._of(name, Ed25519PrivateKey.from_private_bytes(seed))
        if signer.key.id.hex() != id:
            raise NoteRefused("The id of the private key is not that of its name and bytes.")
        return signer

    @classmethod
    def _of(cls, name: str, private: Ed25519PrivateKey) -> Self:
        return cls(Key(name, private.public_key().public_bytes_raw()), private)

    def secret(self) -> str:
        """The text for the key's own file, which nobody else may read."""
        return f"{_PRIVATE}{self.key.name}+{self.key.id.hex()}+{_base64(_ED25519 + self._private.private_bytes_raw())}"

    def line(self, text: str) -> str:
        """The signature line under `text`."""
        signature = self._private.sign(text.encode())
        return f"\u2014 {self.key.name} {_base64(self.key.id + signature)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text with its signature lines, each a name, a key id and a signature. Nothing here is checked yet."""

    text: str
    signatures: tuple[tuple[str, bytes, bytes], ...]

    @classmethod
    def parse(cls, note: str) -> Self:
        """Read a note strictly: one way to write it, no other character anywhere. Raises NoteRefused."""
        if len(note) > LARGEST_NOTE:
            raise NoteRefused("The note is too large.")
        if any(sign < " " and sign != "\n" for sign in note) or "\x7f" in note:
            raise NoteRefused("The note has a control character.")
        text, apart, lines = note.rpartition("\n\n")
        if not apart or not lines.endswith("\n") or not text:
            raise NoteRefused("The note does not end in signatures behind an empty line.")
        signatures = tuple(_signature(line) for line in lines[:-1].split("\n"))
        if len(signatures) > MOST_SIGNATURES:
            raise NoteRefused("The note has too many signatures.")
        return cls(text + "\n", signatures)

    def signed_by(self, keys: Iterable[Key]) -> list[Key]:
        """Those of `keys` that signed it. A signature under one of their names and ids that is wrong refuses it all.

        Signatures of others are left alone, as the format asks. Raises NoteRefused.
        """
        known = {(key.name, key.id): key for key in keys}
        found: list[Key] = []
        for name, id, signature in self.signatures:
            key = known.get((name, id))
            if key is None or key in found:
                continue
            try:
                Ed25519PublicKey.from_public_bytes(key.public).verify(signature, self.text.encode())
            except (InvalidSignature, ValueError) as error:
                raise NoteRefused(f"The signature of key {id.hex()} is wrong.") from error
            found.append(key)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What a log says of itself: so many entries, this root, at this time (UTC)."""

    origin: str
    size: int
    root: bytes
    at: datetime

    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{_base64(self.root)}\n{_TIME}{self.at.astimezone(UTC):{_TIME_FORMAT}}\n"

    def signed(self, signers: Sequence[Signer]) -> str:
        """The whole note, signed by each."""
        text = self.text()
        return text + "\n" + "".join(signer.line(text) for signer in signers)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text of a note as a checkpoint of ours; raises NoteRefused."""
        lines = text.split("\n")
        if len(lines) != 5 or lines[4]:
            raise NoteRefused("A checkpoint has four lines: origin, size, root and time.")
        origin, size, root, at = lines[:4]
        if not _NAME.fullmatch(origin):
            raise NoteRefused("The origin of the checkpoint cannot be read.")
        if not _SIZE.fullmatch(size):
            raise NoteRefused("The size of the checkpoint cannot be read.")
        if int(size) >= LARGEST_SIZE:
            raise NoteRefused("The size of the checkpoint is none that a log can have.")
        known = _bytes(root, 32, "The root of the checkpoint")
        return cls(origin=origin, size=int(size), root=known, at=_time(at))


def opened(note: str, keys: Iterable[Key]) -> tuple[Checkpoint, Key]:
    """A checkpoint and the first of `keys` that signed it, under the log's own name; raises NoteRefused."""
    read = Note.parse(note)
    checkpoint = Checkpoint.parse(read.text)
    signed = [key for key in read.signed_by(keys) if key.name == checkpoint.origin]
    if not signed:
        raise NoteRefused("None of the known keys of this log has signed the checkpoint.")
    return checkpoint, signed[0]


def _key_parts(text: str) -> tuple[str, str, bytes]:
    parts = text.split("+", 2)
    if len(parts) != 3 or not _NAME.fullmatch(parts[0]) or not re.fullmatch("[0-9a-f]{8}", parts[1]):
        raise NoteRefused("A key is written NAME+ID+BASE64.")
    known = _bytes(parts[2], 33, "The key")
    if known[:1] != _ED25519:
        raise NoteRefused("The key is of a kind that this release does not know.")
    return parts[0], parts[1], known[1:]


def _signature(line: str) -> tuple[str, bytes, bytes]:
    match = _SIGNATURE_LINE.fullmatch(line)
    if match is None or not _NAME.fullmatch(match[1]):
        raise NoteRefused("A signature line cannot be read.")
    try:
        known = base64.b64decode(match[2], validate=True)
    except binascii.Error as error:
        raise NoteRefused("A signature is no base64.") from error
    if len(known) < 5 or _base64(known) != match[2]:
        raise NoteRefused("A signature is not written as it must be.")
    return match[1], known[:4], known[4:]


def _time(line: str) -> datetime:
    text = line.removeprefix(_TIME)
    try:
        at = datetime.strptime(text, _TIME_FORMAT).replace(tzinfo=UTC)
    except ValueError as error:
        raise NoteRefused("The time of the checkpoint cannot be read.") from error
    if f"{_TIME}{at:{_TIME_FORMAT}}" != line:
        raise NoteRefused("The time of the checkpoint is not written as it must be.")
    return at


def _bytes(text: str, count: int, of: str) -> bytes:
    try:
        known = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise NoteRefused(f"{of} is no base64.") from error
    if len(known) != count or _base64(known) != text:
        raise NoteRefused(f"{of} is not {count} bytes of base64.")
    return known


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
