"""What stands around a proposal: budgets taken, other work, hours, who could put it back, locks and promises.

Times are whole seconds since 1970 UTC. No names of persons: facts are kept for years.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

from orchestr.policy.budgets.standing import StandingFacts, TotalFacts
from orchestr.policy.facts.disagreement import DisagreementFacts
from orchestr.policy.values import Json, Money, canonical

CommitmentKind = Literal["sell", "promote", "reprice", "quote", "delivery"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursFacts:
    """One site's business hours now: seconds until it closes, 0 while it is closed."""

    channel: str
    open_left_s: int

    def to_wire(self) -> dict[str, Json]:
        return {"channel": self.channel, "open_left_s": self.open_left_s}


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverFacts:
    """The workflow's rollback owner: whether one is named, has an account in use, and may put back everywhere here."""

    named: bool
    active: bool
    covers: bool

    def to_wire(self) -> dict[str, Json]:
        return {"named": self.named, "active": self.active, "covers": self.covers}


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherFacts:
    """Another proposal on the same things. `agent` is its agent's key, "" for a person's.

    `open`: it waits or is approved; otherwise it was settled at `at`. `items` are the indexes of this proposal's
    changes on the same things, `addresses` those on the very same values. `superseded`: submitting this one ends it.
    `objectives` is what it is for, as stock:down.
    """

    proposal: str
    agent: str
    open: bool
    at: int
    items: tuple[int, ...]
    addresses: tuple[int, ...] = ()
    superseded: bool = False
    objectives: tuple[str, ...] = ()

    def to_wire(self) -> dict[str, Json]:
        out: dict[str, Json] = {
            "proposal": self.proposal,
            "agent": self.agent,
            "open": self.open,
            "at": self.at,
            "items": sorted(self.items),
            "addresses": sorted(self.addresses),
            "superseded": self.superseded,
        }
        if self.objectives:
            out["objectives"] = sorted(self.objectives)
        return out

    @classmethod
    def from_wire(cls, raw: Mapping[str, Any]) -> Self:
        lists = {name: tuple(raw.get(name, ())) for name in ("items", "addresses", "objectives")}
        return cls(**{**raw, **lists})


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentFacts:
    """A lock (do not sell, promote, reprice) or a promise (quote, delivery) that stands until `until`.

    `items` are the indexes of the changes of the thing it concerns; `channel` "" means every channel. A quote has
    the `price` that was offered; a delivery the time `due` and, where they were counted, the `units` promised.
    """

    id: str
    kind: CommitmentKind
    until: int
    items: tuple[int, ...]
    channel: str = ""
    price: Money | None = None
    due: int | None = None
    units: int | None = None

    def to_wire(self) -> dict[str, Json]:
        out: dict[str, Json] = {"id": self.id, "kind": self.kind, "until": self.until, "items": sorted(self.items)}
        if self.channel:
            out["channel"] = self.channel
        if self.price is not None:
            out["price"] = self.price.wire()
        for name in ("due", "units"):
            if (part := getattr(self, name)) is not None:
                out[name] = part
        return out

    @classmethod
    def from_wire(cls, raw: Mapping[str, Any]) -> Self:
        price = raw.get("price")
        parts = {"items": tuple(raw["items"]), "price": None if price is None else Money.parse(price)}
        return cls(**{**raw, **parts})


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """`track` are the agent's last settled proposals, newest first: p published, r reverted, b blocked by people.

    None where it was not asked. `scheduled` are the indexes of changes on a value for which another one is set to
    begin later. `family` is the template family that the proposal names, `objectives` what it is for, as stock:down.
    """

    family: str = ""
    objectives: tuple[str, ...] = ()
    standing: tuple[StandingFacts, ...] = ()
    totals: tuple[TotalFacts, ...] = ()
    hours: tuple[HoursFacts, ...] = ()
    cover: CoverFacts | None = None
    track: str | None = None
    others: tuple[OtherFacts, ...] = ()
    scheduled: tuple[int, ...] = ()
    commitments: tuple[CommitmentFacts, ...] = ()
    disagreements: tuple[DisagreementFacts, ...] = ()

    def to_wire(self) -> dict[str, Json]:
        """Canonical whatever order the parts were loaded in; what is empty is left out."""
        out: dict[str, Json] = {}
        for name in _LISTS:
            if parts := getattr(self, name):
                out[name] = _sorted(parts)
        if self.family:
            out["family"] = self.family
        if self.objectives:
            out["objectives"] = sorted(self.objectives)
        if self.cover is not None:
            out["cover"] = self.cover.to_wire()
        if self.track is not None:
            out["track"] = self.track
        if self.scheduled:
            out["scheduled"] = sorted(self.scheduled)
        return out

    @classmethod
    def from_wire(cls, raw: Mapping[str, Any]) -> Self:
        return cls(
            family=raw.get("family", ""),
            objectives=tuple(raw.get("objectives", ())),
            standing=tuple(StandingFacts.from_wire(part) for part in raw.get("standing", ())),
            totals=tuple(TotalFacts.from_wire(part) for part in raw.get("totals", ())),
            hours=tuple(HoursFacts(**part) for part in raw.get("hours", ())),
            cover=CoverFacts(**raw["cover"]) if "cover" in raw else None,
            track=raw.get("track"),
            others=tuple(OtherFacts.from_wire(part) for part in raw.get("others", ())),
            scheduled=tuple(raw.get("scheduled", ())),
            commitments=tuple(CommitmentFacts.from_wire(part) for part in raw.get("commitments", ())),
            disagreements=tuple(DisagreementFacts.from_wire(part) for part in raw.get("disagreements", ())),
        )


_LISTS = ("standing", "totals", "hours", "others", "commitments", "disagreements")


def _sorted(parts: Sequence[Any]) -> list[Json]:
    return sorted((part.to_wire() for part in parts), key=canonical)
