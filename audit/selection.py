"""Which events somebody asks for, and which of them they may see: one filter for page and export."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Self
from uuid import UUID

from django.db.models import BooleanField, F, Func, Q, QuerySet, Value
from django.db.models.fields.json import KT
from django.db.models.lookups import In
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.timezone import get_current_timezone, is_naive, make_aware

from audit.actions import ACTIONS
from audit.canonical import instant
from audit.exceptional import ALL, SORTS, exceptional
from audit.models import AuditEvent
from audit.parameters import is_word
from audit.text import words_of
from audit.text_sql import saying


class SelectionRefused(ValueError):
    """A filter that cannot be read; `field` names it."""

    def __init__(self, field: str) -> None:
        super().__init__(f"The filter {field!r} cannot be read.")
        self.field = field


@dataclass(frozen=True, slots=True)
class Sight:
    """What a viewer may see: events all of whose segments are `segments` (ids and keys alike).

    Events that touch no segment are for auditors and admins (`unsegmented`).
    """

    segments: frozenset[str]
    unsegmented: bool


EVERYTHING: Sight | None = None  # commands run by whoever operates the machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """A filter over events. `since` is included, `until` is not; both UTC instants of the fact."""

    since: datetime | None = None
    until: datetime | None = None
    person: str | None = None
    agent: str | None = None
    workflow: str | None = None
    proposal: str | None = None
    run: str | None = None
    actor: str | None = None
    action: str | None = None
    exceptional: str | None = None
    id: str | None = None
    text: str | None = None
    sku: str | None = None
    written: str | None = None
    # The proposals that the SKU, or what people wrote, stood in when looked up: no filter of its own. See `among`.
    touching: tuple[str, ...] | None = None

    @classmethod
    def parse(cls, given: Mapping[str, str]) -> Self:
        """Read a query string or command options; blanks are no filter. Raises SelectionRefused."""
        found: dict[str, datetime | str] = {}
        for name in FILTERS:
            text = (given.get(name) or "").strip()
            if text:
                found[name] = _READ.get(name, _read_word)(name, text)
        return cls(**found)  # type: ignore[arg-type]

    def among(self, proposals: Iterable[str] | None) -> Self:
        """The same, where what it asks for is known to stand in these proposals: the log names them, and has no SKUs or texts."""
        return replace(self, touching=None if proposals is None else tuple(proposals))

    def asked(self) -> dict[str, str]:
        """The filters in force, as the query string and the export's own event hold them."""
        found = {name: getattr(self, name) for name in FILTERS}
        return {name: instant(part) if isinstance(part, datetime) else part for name, part in found.items() if part}

    def recorded(self) -> dict[str, str | list[str]]:
        """The same as the log may hold it: the text by its words. What people wrote is no filter of an export."""
        if self.written:
            raise ValueError("What people wrote is not recorded.")
        return {name: words_of(part) or [] if name == "text" else part for name, part in self.asked().items()}

    def events(self, sight: Sight | None) -> QuerySet[AuditEvent]:
        """The events asked for that may be seen; `None` sees everything. In no order."""
        return AuditEvent.objects.filter(self._asked_for(), _seen_by(sight))

    def _asked_for(self) -> Q:
        asked = Q()
        if self.since:
            asked &= Q(at__gte=self.since)
        if self.until:
            asked &= Q(at__lt=self.until)
        if self.actor:
            asked &= Q(actor_id=self.actor)
        if self.action:
            asked &= Q(action__startswith=self.action) if self.action.endswith(".") else Q(action=self.action)
        if self.exceptional:
            asked &= exceptional(self.exceptional)
        for name in ("person", "agent"):
            if who := getattr(self, name):
                asked &= Q(actor_id=who) | Q(about__contains={name: who})
        for name in ("workflow", "proposal", "run"):
            if what := getattr(self, name):
                asked &= Q(about__contains={name: what})
        if self.id:
            asked &= _named(self.id)
        if self.text:
            asked &= saying(words_of(self.text) or [])
        if self.sku or self.written:
            if self.touching is None:
                raise ValueError("The proposals of a SKU, or of what people wrote, are looked up first.")
            asked &= Q(In(KT("about__proposal"), self.touching or ("-",)))  # of none, none
        return asked


FILTERS = tuple(field.name for field in fields(Selection) if field.name != "touching")


def any_about(text: str) -> Func:
    """Whether anything that an event is about is exactly `text`."""
    # The wildcard path is answered by the GIN index over every key at once.
    return Func(
        F("about"),
        Value(f"$.* ? (@ == {json.dumps(text)})"),
        template="(%(expressions)s)",
        arg_joiner=" @? ",
        output_field=BooleanField(),
    )


def _named(text: str) -> Q:
    """Events whose own id, actor, request or any `about` is exactly `text`."""
    named = Q(actor_id=text) | Q(request_id=text) | Q(any_about(text))
    try:
        return named | Q(id=UUID(text))
    except ValueError:
        return named


def _seen_by(sight: Sight | None) -> Q:
    if sight is None:
        return Q()
    covered = Q(segments__contained_by=sorted(sight.segments)) & ~Q(segments=[])
    return covered | Q(segments=[]) if sight.unsegmented else covered


def _read_time(name: str, text: str) -> datetime:
    try:
        at = parse_datetime(text)
        if at is None:
            day = parse_date(text)
            at = None if day is None else datetime(day.year, day.month, day.day)  # noqa: DTZ001 - the zone comes below
    except ValueError:
        at = None
    if at is None:
        raise SelectionRefused(name)
    return make_aware(at, get_current_timezone()) if is_naive(at) else at


def _read_word(name: str, text: str) -> str:
    if not is_word(text):
        raise SelectionRefused(name)
    if name == "action" and text not in ACTIONS and text not in action_families():
        raise SelectionRefused(name)
    if name == "exceptional" and text != ALL and text not in SORTS:
        raise SelectionRefused(name)
    return text


def _read_text(name: str, text: str) -> str:
    if words_of(text) is None:
        raise SelectionRefused(name)
    return " ".join(text.split())


_READ: Mapping[str, Callable[[str, str], datetime | str]] = {
    "since": _read_time,
    "until": _read_time,
    "text": _read_text,
    "written": _read_text,
}


def action_families() -> Collection[str]:
    """The first words of actions, such as `proposal.`, in the order of the table."""
    return list(dict.fromkeys(name.split(".")[0] + "." for name in ACTIONS if "." in name))
