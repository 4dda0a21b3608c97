"""How often a trigger may start for one segment, channel and template family in one span of time."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from orchestr.triggers.definition import Cap
from orchestr.triggers.models import CapUse


class Ledger:
    """The cap rows of what is about to start, locked in one order, counted up in memory, written once."""

    def __init__(self, wanted: Mapping[UUID, tuple[Cap, Iterable[str]]], *, at: datetime) -> None:
        """`wanted` names the places of each trigger. Makes what is missing and locks all of it."""
        self._spans = {trigger_id: int(at.timestamp()) // cap.per_s for trigger_id, (cap, _) in wanted.items()}
        self._caps = {trigger_id: cap for trigger_id, (cap, _) in wanted.items()}
        names = sorted((id, place) for id, (_, places) in wanted.items() for place in set(places))
        rows = [CapUse(trigger_id=id, place=place, span=self._spans[id], used=0) for id, place in names]
        CapUse.objects.bulk_create(rows, ignore_conflicts=True)
        held = CapUse.objects.select_for_update().filter(
            trigger_id__in=list(self._spans), span__in=set(self._spans.values()), place__in={name[1] for name in names}
        )
        self._rows = {
            (row.trigger_id, row.place): row for row in held.order_by("trigger_id", "place") if self._now(row)
        }
        self._changed: set[tuple[UUID, str]] = set()

    def take(self, trigger_id: UUID, places: Iterable[str]) -> bool:
        """Count one start at all these places, or at none: False if one of them is full."""
        rows = [self._rows[trigger_id, place] for place in set(places)]
        if any(row.used >= self._caps[trigger_id].runs for row in rows):
            return False
        self._add(rows, 1)
        return True

    def give_back(self, trigger_id: UUID, places: Iterable[str]) -> None:
        """What was taken did not start after all."""
        self._add([self._rows[trigger_id, place] for place in set(places)], -1)

    def save(self) -> None:
        """Write what was counted."""
        CapUse.objects.bulk_update([self._rows[name] for name in sorted(self._changed)], ["used"], batch_size=500)

    def _add(self, rows: Iterable[CapUse], count: int) -> None:
        for row in rows:
            row.used += count
            self._changed.add((row.trigger_id, row.place))

    def _now(self, row: CapUse) -> bool:
        return row.span == self._spans[row.trigger_id]
