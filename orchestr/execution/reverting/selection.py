"""What is to be put back: a proposal, some items, or everything by somebody since a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from orchestr.policy.values import Json
from orchestr.refusal import Kind, Refusal

MOST_SKUS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Every condition narrows; keys are business keys. `items` are indexes in the plan of the one proposal named.

    `since`: what was written at or after it. `as_of` goes further: values go back to what they were then, whoever
    changed them before our first change after it.
    """

    proposals: tuple[UUID, ...] = ()
    items: tuple[int, ...] | None = None
    agent: str = ""
    workflow: str = ""
    segment: str = ""
    skus: tuple[str, ...] = ()
    since: datetime | None = None
    as_of: datetime | None = None

    @property
    def of_one(self) -> UUID | None:
        """The proposal, where the selection is one proposal or items of it."""
        return self.proposals[0] if len(self.proposals) == 1 and self.begins is None else None

    @property
    def begins(self) -> datetime | None:
        """The time from which on changes are taken back, where there is one."""
        return self.as_of or self.since

    def require_bounds(self, *, at: datetime) -> None:
        """Refuse a selection that names neither proposals nor a time, one that lies ahead, and too many SKUs."""
        if not self.proposals and self.begins is None:
            raise _unreadable("nothing_selected", "since", "A revert names proposals, or a time since which.")
        if self.items is not None and len(self.proposals) != 1:
            raise _unreadable("selection_unreadable", "item", "Items are those of one proposal.")
        if self.since is not None and self.as_of is not None:
            raise _unreadable("selection_unreadable", "as_of", "Either since a time, or to the values of a time.")
        if self.begins is not None and self.begins > at:
            raise _unreadable("time_ahead", "since", "That time is still to come.")
        if len(self.skus) > MOST_SKUS:
            raise _unreadable("selection_unreadable", "q", f"A revert names at most {MOST_SKUS} SKUs.")

    def wire(self) -> dict[str, Json]:
        """As it is stored and digested; what is not asked for is left out."""
        raw: dict[str, Json] = {
            "proposals": [str(each) for each in self.proposals],
            "items": None if self.items is None else list(self.items),
            "agent": self.agent,
            "workflow": self.workflow,
            "segment": self.segment,
            "skus": list(self.skus),
            "since": self.since.isoformat() if self.since else None,
            "as_of": self.as_of.isoformat() if self.as_of else None,
        }
        return {name: value for name, value in raw.items() if value not in (None, "", [])}

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        """The selection that `wire` wrote."""
        items = raw.get("items")
        return cls(
            proposals=tuple(UUID(each) for each in raw.get("proposals", ())),
            items=None if items is None else tuple(items),
            agent=raw.get("agent", ""),
            workflow=raw.get("workflow", ""),
            segment=raw.get("segment", ""),
            skus=tuple(raw.get("skus", ())),
            since=datetime.fromisoformat(raw["since"]) if "since" in raw else None,
            as_of=datetime.fromisoformat(raw["as_of"]) if "as_of" in raw else None,
        )


def _unreadable(code: str, name: str, detail: str) -> Refusal:
    return Refusal(
        Kind.UNPROCESSABLE,
        code,
        detail,
        next="Say what is to be put back: a proposal, or whose changes since when.",
        params={"field": name},
    )
