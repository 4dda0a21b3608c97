"""A bundle made without a database, as members and lines, and how it is written and checked again."""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from audit import bundle, members, verify
from audit.canonical import canonical, instant
from audit.merkle import leaf_hash, root_of
from audit.notes import Checkpoint, Key, Signer
from audit.page import page
from audit.proofs import Span, consistency_spans, inclusion_spans
from tests.audit.events import NOON

SIGNER = Signer.new("orchestr-audit/test")
STRANGER = Signer.new(SIGNER.key.name)
SIZE = 40
CHOSEN: Sequence[Span] = ((3, 9), (17, 18), (30, 38))


def entry(number: int) -> dict[str, Any]:
    return {
        "about": {"proposal": f"018f0000-0000-7000-8000-{number:012}", "run": None},
        "account": None,
        "action": "proposal.submitted",
        "actor": {"id": "018f0000-0000-7000-8000-0000000000aa", "kind": "agent"},
        "at": instant(NOON + timedelta(minutes=number)),
        "data": {"tier": "single", "version": number},
        "for": None,
        "id": f"018f0000-0000-7000-9000-{number:012}",
        "request": None,
        "segments": ["apparel"],
        "v": 1,
    }


LINES = [canonical(entry(number)) for number in range(SIZE)]
LEAVES = [leaf_hash(line) for line in LINES]


@dataclass(frozen=True)
class Made:
    """A bundle before it is written: its small members, and the lines of its entries."""

    parts: Mapping[str, bytes]
    lines: Sequence[bytes]
    whole_page: bool = True  # the page is made of the members as they are now

    def with_part(self, name: str, content: bytes) -> "Made":
        return replace(self, parts=dict(self.parts) | {name: content})

    def events(self) -> bytes:
        return b"".join(line + b"\n" for line in self.lines)

    def members(self) -> dict[str, bytes]:
        made = dict(self.parts)
        return made | ({"index.html": page(made)} if self.whole_page else {})

    def file(self) -> bytes:
        out, events = io.BytesIO(), self.events()
        bundle.write(out, self.members(), len(events), [events])
        return out.getvalue()


def made(
    *, spans: Sequence[Span] = CHOSEN, query: Mapping[str, str] | None = None, signers: Sequence[Signer] = (SIGNER,)
) -> Made:
    """A good bundle of these entries of a log of forty, with proofs that it grew from ten and from twenty-five."""
    checkpoint = Checkpoint(origin=SIGNER.key.name, size=SIZE, root=root_of(LEAVES), at=NOON + timedelta(days=1))
    numbers = [number for start, end in spans for number in range(start, end)]
    about = {
        "format": bundle.FORMAT, "generator": bundle.GENERATOR, "origin": checkpoint.origin, "size": SIZE,
        "root": checkpoint.root.hex(), "query": dict(query or {}), "count": len(numbers),
        "first": numbers[0] if numbers else None, "last": numbers[-1] if numbers else None,
        "complete": len(spans) == 1,
    }  # fmt: skip
    grown = [
        {"size": old, "root": root_of(LEAVES[:old]).hex(),
         "proof": [root_of(LEAVES[start:end]).hex() for start, end in consistency_spans(old, SIZE)]}
        for old in (10, 25)
    ]  # fmt: skip
    parts = {
        "bundle.json": members.dumped(about),
        "checkpoint": checkpoint.signed(signers).encode(),
        "keys": "".join(f"{signer.key}\n" for signer in signers).encode(),
        "numbers": members.written_numbers(spans),
        "leaves": b"".join(LEAVES[number] for number in numbers),
        "proof": members.written_hashes(root_of(LEAVES[start:end]) for start, end in inclusion_spans(spans, SIZE)),
        "consistency.json": members.dumped(grown),
        "schema.json": members.dumped(members.SCHEMA),
    }
    return Made(parts, [LINES[number] for number in numbers])


type Mutant = tuple[str, Made]


def put(good: Made, name: str, content: bytes, kind: str) -> Iterator[Mutant]:
    if content != good.parts[name]:
        yield f"{name}: {kind}", good.with_part(name, content)


def checked(content: bytes, *, key: Key | None = None, pinned: str | None = None) -> verify.Verified:
    return verify.verify(bundle.opened(io.BytesIO(content)), key=key, pinned=pinned)
