"""`python -m audit.verify BUNDLE`: whether a bundle of the audit log is what its log has signed.

Needs the standard library and `cryptography`: no Django, no database, none of the product. Exit 0 good, 1 tampered
(the first bad place is named), 2 unusable.

What is checked: every byte of the file's frame; the signature of the checkpoint, by a key you name (`--key`) or the
bundle's own, whose id is told; each entry's place in the tree of that checkpoint; that the entries are as many as the
bundle says, and answer its question as far as an entry by itself tells; with `--pinned`, that the log only grew since
a checkpoint you kept. Where its numbers have no gap, it is also complete: nothing between the first and the last was
left out.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from audit import bundle, members, said
from audit.bundle import BundleBad, BundleUnusable, Source
from audit.merkle import HASH_BYTES, Frontier
from audit.notes import Checkpoint, Key, NoteRefused, opened
from audit.proofs import ProofRefused, Span, included_root
from audit.question import Question


@dataclass(frozen=True, slots=True)
class Verified:
    """What a good bundle holds and what it proves."""

    checkpoint: Checkpoint
    key: Key
    key_given: bool
    spans: Sequence[Span]
    pinned: Checkpoint | None
    query: Mapping[str, str]
    fixed: bool  # schema and page were compared with those of this version

    @property
    def count(self) -> int:
        return sum(end - start for start, end in self.spans)


def verify(source: Source, *, key: Key | None = None, pinned: str | None = None) -> Verified:
    """Check a bundle whole. Raises BundleBad with the first bad place, BundleUnusable where a check cannot be made.

    `key` is the log's key as you know it; without one the bundle's own is used, and you have to compare its id.
    `pinned` is a checkpoint you kept. Reads the events once; memory does not grow with them.
    """
    about = said.read_about(source)
    named = said.read_keys(source)
    keys = [key] if key else named
    checkpoint, signed = _opened("checkpoint", members.text_of(source.parts, "checkpoint"), keys)
    said.check_signers(source, named)
    said.check_about(about, checkpoint)
    spans = members.read_numbers(source.parts["numbers"])
    said.check_numbers(about, spans, checkpoint)
    fixed = said.check_fixed(source, about)
    grown = said.read_consistency(source, checkpoint)
    pin = None if pinned is None else _opened("the pinned checkpoint", pinned, keys)[0]
    watched = pin.size if pin is not None and spans[:1] == [(0, checkpoint.size)] else None
    leaves = _Leaves(source, spans, watched, about["query"])
    _check_entries(source, spans, checkpoint, leaves)
    if pin is not None:
        _check_pin(pin, checkpoint, grown, leaves)
    return Verified(checkpoint, signed, key is not None, spans, pin, about["query"], fixed)


class _Leaves:
    """The hashes of the entries' lines, one after another, each held against the bundle's own list of them.

    With `watched`, the root once so many were read is kept. Each has to answer the bundle's question.
    """

    def __init__(self, source: Source, spans: Sequence[Span], watched: int | None, query: Mapping[str, str]) -> None:
        self._source = source
        self._spans = spans
        self._watched = watched
        self._question = Question(query)
        self.root: bytes | None = None

    def __iter__(self) -> Iterator[bytes]:
        leaves = self._compared()
        return leaves if self._watched is None else self._watching(leaves, self._watched)

    def _compared(self) -> Iterator[bytes]:
        listed, at = self._source.parts["leaves"], 0
        for lines in self._source.blocks():
            leaves = [sha256(b"\x00" + line).digest() for line in lines]
            end = at + len(leaves) * HASH_BYTES
            if listed[at:end] != b"".join(leaves):
                raise BundleBad(*self._bad(leaves, at))
            if other := self._question.unanswered(lines):
                where = self._where(at // HASH_BYTES + other[0])
                message = f"The entry does not answer the question that the bundle says was asked ({other[1]})."
                raise BundleBad(where, message)
            at = end
            yield from leaves
        if at != len(listed):
            raise BundleBad(*self._bad([b""], at))

    def _bad(self, leaves: Sequence[bytes], at: int) -> tuple[str, str]:
        """Place and message of the first of these leaves that is not the one listed from byte `at` on."""
        listed = self._source.parts["leaves"]
        while leaves and listed[at : at + HASH_BYTES] == leaves[0]:
            leaves, at = leaves[1:], at + HASH_BYTES
        if at >= len(listed):
            return bundle.EVENTS, "There are more entries than the bundle says."
        return self._where(at // HASH_BYTES), "The entry is not the one that was sealed, or is missing."

    def _where(self, place: int) -> str:
        """The entry whose line is the `place`-th, counted from 0, by its number in the log."""
        left = place
        for start, end in self._spans:
            if left < end - start:
                return f"entry #{start + left} ({bundle.EVENTS}, line {place + 1})"
            left -= end - start
        return f"line {place + 1} ({bundle.EVENTS}, line {place + 1})"

    def _watching(self, leaves: Iterator[bytes], watched: int) -> Iterator[bytes]:
        tree = Frontier()
        if watched == 0:
            self.root = tree.root()
        for leaf in leaves:
            if tree.size < watched:
                tree.append(leaf)
                if tree.size == watched:
                    self.root = tree.root()
            yield leaf


def _opened(place: str, note: str, keys: Sequence[Key]) -> tuple[Checkpoint, Key]:
    try:
        return opened(note, keys)
    except NoteRefused as error:
        raise BundleBad(place, str(error)) from error


def _check_entries(source: Source, spans: Sequence[Span], checkpoint: Checkpoint, leaves: _Leaves) -> None:
    proof = iter(members.read_hashes(source.parts["proof"], "proof"))
    hashes = iter(leaves)
    try:
        root = included_root(spans, checkpoint.size, hashes, proof)
    except ProofRefused as error:
        raise BundleBad("numbers, proof or events.jsonl", str(error)) from error
    if next(hashes, None) is not None:
        raise BundleBad(bundle.EVENTS, "There are more entries than the bundle says.")
    if next(proof, None) is not None:
        raise BundleBad("proof", "There are more hashes than the proof needs.")
    source.check_end()
    if root != checkpoint.root:
        raise BundleBad(_between(spans), "The entries are not those that were sealed under the checkpoint.")


def _check_pin(pin: Checkpoint, checkpoint: Checkpoint, grown: Sequence[tuple[int, bytes]], leaves: _Leaves) -> None:
    if pin.origin != checkpoint.origin:
        raise BundleBad("the pinned checkpoint", "It is of another log.")
    if pin.size > checkpoint.size:
        if pin.at <= checkpoint.at:
            message = f"A checkpoint pinned earlier has {pin.size} entries: the end of the log was cut off."
            raise BundleBad(f"entry #{checkpoint.size}", message)
        raise BundleUnusable(
            f"The bundle was sealed with {checkpoint.size} entries, before the pinned checkpoint of {pin.size}: export"
            " it again with --pinned."
        )
    known = dict(grown) | {checkpoint.size: checkpoint.root, 0: Frontier().root()}
    if leaves.root is not None:
        known[pin.size] = leaves.root
    if pin.size not in known:
        raise BundleUnusable(
            f"The bundle has no proof from the pinned checkpoint of {pin.size} entries: export it again with --pinned."
        )
    if known[pin.size] != pin.root:
        good = max((size for size, _ in grown if size < pin.size), default=0)
        raise BundleBad(
            f"entries #0 to #{pin.size - 1}",
            f"The log is not the one that was pinned with {pin.size} entries: it was rewritten there, or is another."
            + (f" The bundle speaks of {good} entries before." if good else ""),
        )


def _between(spans: Sequence[Span]) -> str:
    return f"entries #{spans[0][0]} to #{spans[-1][1] - 1}" if spans else "the log"


def told(found: Verified) -> Iterator[str]:
    """What a good bundle proves, and what it does not, in a few lines."""
    checkpoint = found.checkpoint
    yield f"Log {checkpoint.origin}, checkpoint of {checkpoint.size} entries, {checkpoint.at:%Y-%m-%d %H:%M:%S} UTC."
    yield f"Signed by key {found.key.id.hex()}" + (
        "." if found.key_given else ", which the bundle itself names: compare it with the log's published key."
    )
    if len(found.spans) == 1:
        yield f"{found.count} entries, {_between(found.spans)}, each in its place and none left out in between."
    else:
        yield f"{found.count} entries, each in its place. That no other answers the query is not proven: they are chosen."
    yield from _told_of_the_question(found)
    if found.pinned:
        yield f"The log only grew since the pinned checkpoint of {found.pinned.size} entries."
    else:
        yield "Without a pinned checkpoint (--pinned) it is not proven that this log is the one others were shown."
    yield "The bundle is good."


def _told_of_the_question(found: Verified) -> Iterator[str]:
    asked = json.dumps(dict(found.query), ensure_ascii=True, sort_keys=True) if found.query else "everything"
    yield f"The question, as the bundle's maker says: {asked}. It is not signed."
    if unchecked := Question(found.query).untold:
        yield f"Entries by themselves do not tell whether they answer it: {', '.join(map(ascii, unchecked))}."
    if not found.fixed:
        yield "Another version made it: its schema.json and index.html were not compared with anything."


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m audit.verify", description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("bundle", type=Path, help="the file, or the folder it was unpacked into")
    parser.add_argument("--pinned", type=Path, metavar="FILE", help="a checkpoint of the log that you kept")
    parser.add_argument("--key", help="the log's public key as you know it, NAME+ID+BASE64, or a file with it")
    given = parser.parse_args(argv)
    try:
        pinned = given.pinned.read_text() if given.pinned else None
        key = _key(given.key) if given.key else None
        if given.bundle.is_dir():
            found = verify(bundle.opened_folder(given.bundle), key=key, pinned=pinned)
        else:
            with given.bundle.open("rb") as file:
                found = verify(bundle.opened(file), key=key, pinned=pinned)
    except BundleBad as bad:
        sys.stdout.write(f"The bundle is not good. First bad place: {bad.place}. {bad.message}\n")
        return 1
    except (BundleUnusable, NoteRefused, UnicodeDecodeError) as error:
        sys.stderr.write(f"This cannot be checked: {error}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"This cannot be read: {error.strerror}\n")
        return 2
    for line in told(found):
        sys.stdout.write(f"{line}\n")
    return 0


def _key(text: str) -> Key:
    return Key.parse(Path(text).read_text() if Path(text).is_file() else text)


if __name__ == "__main__":
    sys.exit(main())
