"""What a governed row must be, told from its events: how one kind of row is described.

A noun names the events that change its rows, and what each of them makes of which column. A value may be a set: after
that event the row is one of these (an intent whose send did not happen goes back without an event of its own). Columns
that end in `_at` are compared as set or not set: the log has its own times.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Model

type Told = Mapping[str, Any]
type Tell = Callable[[Mapping[str, Any]], Told]
type Step = Told | Tell
type Row = tuple[UUID, Told]

ABSENT: Told = {"": "absent"}  # the row is gone, as its last event says


@dataclass(frozen=True, slots=True, kw_only=True)
class Noun:
    """`unsaid` is what a row without any event may be; without it, each row has events."""

    name: str  # what the event is about
    model: type[Model]
    columns: tuple[str, ...]
    steps: Mapping[str, Step]
    unsaid: Told | None = None
    rows: Callable[[], Iterable[Row]] | None = field(default=None)

    def stored(self) -> Iterable[Row]:
        """Every row by its id, in the order of ids, streamed."""
        if self.rows is not None:
            yield from self.rows()
            return
        found = self.model._default_manager.order_by("pk").values_list("pk", *self.columns)
        for id, *values in found.iterator(chunk_size=2_000):
            yield id, {name: shown(name, value) for name, value in zip(self.columns, values, strict=True)}

    def after(self, told: Told, action: str, data: Mapping[str, Any]) -> Told:
        """What the row is after one more event."""
        step = self.steps[action]
        said = step(data) if callable(step) else step
        return said if said is ABSENT else {**told, **said}


def shown(column: str, value: Any) -> Any:
    """A column's value as events tell it."""
    return value is not None if column.endswith("_at") else value


def to(*columns: str, **constants: Any) -> Tell:
    """These columns from the event's own parameters, `column=parameter` where they differ, and constants."""
    pairs = [part.partition("=")[::2] for part in columns]

    def step(data: Mapping[str, Any]) -> Told:
        return {column: data.get(parameter or column) for column, parameter in pairs} | constants

    return step


def states(prefix: str, **verbs: str) -> dict[str, Step]:
    return {f"{prefix}.{verb}": {"state": state} for verb, state in verbs.items()}


def kept_to_sandboxes(step: Tell) -> Tell:
    """Said only where it is so; a later version is kept to them as well."""
    return lambda data: {**step(data), **({"sandbox_only": True} if data.get("sandbox_only") else {})}
