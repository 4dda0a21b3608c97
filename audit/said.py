"""What a bundle says of itself, held against what it proves: strictly, in the one way it is written. No Django.

Nothing here is signed but by way of the checkpoint: whoever hands a bundle on can write these members anew. So each
is either told by what is signed, or is not believed: of the question see `audit/question.py`.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from audit import bundle, members, page
from audit.bundle import BundleBad, BundleUnusable, Source
from audit.notes import Checkpoint, Key, Note, NoteRefused
from audit.proofs import ProofRefused, Span, check_consistency

_FIELDS = {"complete", "count", "first", "format", "generator", "last", "origin", "query", "root", "size"}
_GENERATOR = re.compile(r"orchestr-audit [1-9][0-9]{0,5}")


def read_about(source: Source) -> Mapping[str, Any]:
    """`bundle.json`. Raises BundleUnusable for a format this release does not know, BundleBad for another shape."""
    about = members.loaded(source.parts, "bundle.json")
    if not isinstance(about, dict) or not _is(about.get("format"), bundle.FORMAT):
        raise BundleUnusable("The bundle has a format that this release does not know.")
    query, generator = about.get("query"), about.get("generator")
    shaped = isinstance(query, dict) and all(isinstance(value, str) for value in query.values())
    named = isinstance(generator, str) and _GENERATOR.fullmatch(generator)
    if set(about) != _FIELDS or not shaped or not named:
        raise BundleBad("bundle.json", "It does not say what a bundle says.")
    return about


def read_keys(source: Source) -> list[Key]:
    """The keys that the bundle names: those that signed its checkpoint, each once, and no others. Raises BundleBad."""
    try:
        keys = [Key.parse(line) for line in members.text_of(source.parts, "keys").splitlines()]
    except NoteRefused as error:
        raise BundleBad("keys", str(error)) from error
    if "".join(f"{key}\n" for key in keys).encode() != source.parts["keys"]:
        raise BundleBad("keys", "It is not written as a bundle writes it.")
    return keys


def check_signers(source: Source, keys: Sequence[Key]) -> None:
    """That the checkpoint bears one signature of each key the bundle names, and no other. Raises BundleBad."""
    try:
        note = Note.parse(members.text_of(source.parts, "checkpoint"))
    except NoteRefused as error:
        raise BundleBad("checkpoint", str(error)) from error
    signed = sorted((name, id) for name, id, _ in note.signatures)
    if signed != sorted((key.name, key.id) for key in keys):
        raise BundleBad("keys", "They are not the keys that signed the checkpoint.")


def check_about(about: Mapping[str, Any], checkpoint: Checkpoint) -> None:
    """That origin, size and root are those that were signed. Raises BundleBad."""
    said = [about["origin"], about["size"], about["root"]]
    if not _is(said, [checkpoint.origin, checkpoint.size, checkpoint.root.hex()]):
        raise BundleBad("bundle.json", "Origin, size or root are not those of the checkpoint.")


def check_numbers(about: Mapping[str, Any], spans: Sequence[Span], checkpoint: Checkpoint) -> None:
    """That the numbers rise within the log, and are as many as is said. Raises BundleBad."""
    before = -1
    for start, end in spans:
        if not before < start < end <= checkpoint.size:
            raise BundleBad("numbers", "The numbers of the entries do not rise, or lie outside of the log.")
        before = end
    count = sum(end - start for start, end in spans)
    first, last = (spans[0][0], spans[-1][1] - 1) if spans else (None, None)
    said = [about[name] for name in ("count", "first", "last", "complete")]
    if not _is(said, [count, first, last, len(spans) == 1]):
        raise BundleBad("bundle.json", "Count, first and last number are not those of the entries.")


def check_fixed(source: Source, about: Mapping[str, Any]) -> bool:
    """That schema and page are those that this version writes; False where another version made the bundle.

    Raises BundleBad where they are not.
    """
    if about["generator"] != bundle.GENERATOR:
        return False
    if source.parts["schema.json"] != members.dumped(members.SCHEMA):
        raise BundleBad("schema.json", "It is not the one that this version writes.")
    if source.parts["index.html"] != page.page(source.parts):
        raise BundleBad("index.html", "It is not the page that this version writes.")
    return True


def read_consistency(source: Source, checkpoint: Checkpoint) -> list[tuple[int, bytes]]:
    """Earlier checkpoints from which the log is proven to have grown: size and root, rising. Raises BundleBad."""
    said = members.loaded(source.parts, "consistency.json")
    if not isinstance(said, list):
        raise BundleBad("consistency.json", "It is no list of proofs.")
    found: list[tuple[int, bytes]] = []
    before = 0
    for each in said:
        if not isinstance(each, dict) or set(each) != {"proof", "root", "size"}:
            raise BundleBad("consistency.json", "It is no list of proofs.")
        old, proof = each["size"], each["proof"]
        if type(old) is not int or not before < old < checkpoint.size or not isinstance(proof, list):
            raise BundleBad("consistency.json", "The sizes of the proofs do not rise, or lie outside of the log.")
        place = f"consistency.json, from {old} entries"
        root, hashes = members.read_hash(each["root"], place), [members.read_hash(part, place) for part in proof]
        try:
            check_consistency(old=old, old_root=root, size=checkpoint.size, root=checkpoint.root, proof=hashes)
        except ProofRefused as error:
            raise BundleBad(place, str(error)) from error
        found.append((old, root))
        before = old
    return found


def _is(said: Any, known: Any) -> bool:
    """Whether both are written alike: 1, 1.0 and true are the same number to Python, and three to a reader of JSON."""
    return members.dumped(said) == members.dumped(known)
