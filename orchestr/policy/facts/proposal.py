"""Everything a verdict may look at, as frozen values that replay byte for byte.

Percentages and confidence are basis points, times are whole seconds since 1970 UTC, money is `Money`.
`Facts.canonical()` gives the bytes to store, `Facts.from_wire()` reads them back. Parts that are
None, False or empty are left out of the wire, so a part added later leaves old facts readable.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

from orchestr.policy.facts.around import Around
from orchestr.policy.facts.bound import BoundFacts
from orchestr.policy.facts.commerce import CommerceFacts
from orchestr.policy.facts.exception import ExceptionFacts
from orchestr.policy.facts.item import Guarantee, ItemFacts, Reversibility, Value, read_value, value_wire
from orchestr.policy.values import Json, ValueRefused, canonical

__all__ = [
    "FORMAT",
    "Atomicity",
    "DeciderFacts",
    "EvidenceFacts",
    "EvidenceKind",
    "ExposureFacts",
    "Facts",
    "FreezeFacts",
    "Guarantee",
    "ItemFacts",
    "ProposerKind",
    "Reversibility",
    "Value",
    "read_value",
    "value_wire",
]

ProposerKind = Literal["agent", "person"]
EvidenceKind = Literal["observed", "claimed"]
Atomicity = Literal["all_or_compensate", "per_item"]

FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceFacts:
    """One piece of evidence, times in whole seconds since 1970 UTC."""

    id: str
    kind: EvidenceKind
    observed_at: int
    expires_at: int
    sha256: str
    source: str = ""

    def to_wire(self) -> dict[str, Json]:
        return {
            "id": self.id,
            "kind": self.kind,
            "observed_at": self.observed_at,
            "expires_at": self.expires_at,
            "sha256": self.sha256,
            "source": self.source,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class FreezeFacts:
    """A standing freeze that touches this proposal; `items` are the indexes it stops, none means all."""

    kind: str
    key: str = ""
    items: tuple[int, ...] = ()

    def to_wire(self) -> dict[str, Json]:
        return {"kind": self.kind, "key": self.key, "items": sorted(self.items)}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeciderFacts:
    """How many persons who may decide on *every* segment touched hold exactly these functions.

    The proposer, the agent's owner and the last editor are not among them. Counts, not names: facts
    are kept for years.
    """

    functions: tuple[str, ...]
    persons: int

    def to_wire(self) -> dict[str, Json]:
        return {"functions": sorted(self.functions), "persons": self.persons}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureFacts:
    """What already stands in one segment × channel, this proposal not counted.

    `pending`: items reserved by proposals that wait or are approved; `live_24h`: items that went
    live in the last 24 h. An item is one field address of one resource (see `blast_radius.reach`).
    """

    segment: str
    channel: str
    pending: int
    live_24h: int

    def to_wire(self) -> dict[str, Json]:
        return {"segment": self.segment, "channel": self.channel, "pending": self.pending, "live_24h": self.live_24h}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One proposal at one moment. `deciders` None: who could decide was not asked (a dry check)."""

    at: int
    proposer_kind: ProposerKind
    proposer: str
    items: tuple[ItemFacts, ...]
    owner: str | None = None
    workflow: str | None = None
    stage: str | None = None
    confidence_bp: int | None = None
    atomicity: Atomicity = "per_item"
    evidence: tuple[EvidenceFacts, ...] = ()
    freezes: tuple[FreezeFacts, ...] = ()
    deciders: tuple[DeciderFacts, ...] | None = None
    exposure: tuple[ExposureFacts, ...] = ()
    around: Around | None = None
    commerce: CommerceFacts | None = None
    exceptions: tuple[ExceptionFacts, ...] = ()
    bounds: BoundFacts | None = None

    def to_wire(self) -> dict[str, Json]:
        """Canonical whatever order the parts were loaded in."""
        out: dict[str, Json] = {
            "format": FORMAT,
            "at": self.at,
            "proposer": {"kind": self.proposer_kind, "id": self.proposer},
            "atomicity": self.atomicity,
            "items": [item.to_wire() for item in sorted(self.items, key=lambda item: item.index)],
        }
        for name in ("owner", "workflow", "stage", "confidence_bp"):
            if (part := getattr(self, name)) is not None:
                out[name] = part
        if self.deciders is not None:
            out["deciders"] = _sorted(self.deciders)
        if self.commerce is not None:
            out["commerce"] = self.commerce.to_wire()
        if self.around is not None:
            out["around"] = self.around.to_wire()
        if self.bounds is not None:
            out["bounds"] = self.bounds.to_wire()
        for name in ("evidence", "freezes", "exposure", "exceptions"):
            if parts := getattr(self, name):
                out[name] = _sorted(parts)
        return out

    def canonical(self) -> bytes:
        """The bytes to store. Raises TypeError where a value holds a float."""
        return canonical(self.to_wire())

    @classmethod
    def from_wire(cls, raw: Mapping[str, Any]) -> Self:
        """Read what `to_wire` gave. Raises ValueRefused for a format this release does not know."""
        if raw.get("format") != FORMAT:
            raise ValueRefused("facts_format", f"These facts have format {raw.get('format')!r}; this reads {FORMAT}.")
        deciders = raw.get("deciders")
        return cls(
            at=raw["at"],
            proposer_kind=raw["proposer"]["kind"],
            proposer=raw["proposer"]["id"],
            atomicity=raw["atomicity"],
            items=tuple(ItemFacts.from_wire(part) for part in raw["items"]),
            owner=raw.get("owner"),
            workflow=raw.get("workflow"),
            stage=raw.get("stage"),
            confidence_bp=raw.get("confidence_bp"),
            evidence=tuple(EvidenceFacts(**part) for part in raw.get("evidence", ())),
            freezes=tuple(
                FreezeFacts(kind=part["kind"], key=part["key"], items=tuple(part["items"]))
                for part in raw.get("freezes", ())
            ),
            deciders=None
            if deciders is None
            else tuple(DeciderFacts(functions=tuple(p["functions"]), persons=p["persons"]) for p in deciders),
            exposure=tuple(ExposureFacts(**part) for part in raw.get("exposure", ())),
            around=Around.from_wire(raw["around"]) if "around" in raw else None,
            commerce=CommerceFacts.from_wire(raw["commerce"]) if "commerce" in raw else None,
            exceptions=tuple(ExceptionFacts.from_wire(part) for part in raw.get("exceptions", ())),
            bounds=BoundFacts.from_wire(raw["bounds"]) if "bounds" in raw else None,
        )


def _sorted(parts: Sequence[Any]) -> list[dict[str, Json]]:
    return sorted((part.to_wire() for part in parts), key=canonical)
