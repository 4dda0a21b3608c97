"""The sheet a person writes a change set on: a row for each value that may be changed, with what was typed into it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from orchestr.catalogue.plans import ProposedChange
from orchestr.catalogue.view import Reader
from orchestr.catalogue.view import render as in_wire
from orchestr.people.eligibility import segments_with
from orchestr.people.models import Account
from orchestr.policy.pricing import WHOLE, change_bp
from orchestr.policy.values import Address, Json, Money, digest
from orchestr.runs.reads import Place
from reviews.catalogue.listing import TYPES, resource_url, value_words
from reviews.models import Unsent
from reviews.words.proposal import field_label

MOST_THINGS = 50
KINDS = ("money", "integer", "text")  # what can be typed; the definition of a promotion is an agent's to write
LONGEST = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One value. `typed` is what stands in its box; `after` what that means, None where nothing would change."""

    id: str
    type: str
    key: str
    field: str
    label: str
    address: Json
    kind: str
    now: Json
    now_words: str
    systems: str
    seen: str
    typed: str
    hint: str
    after: Json = None
    moved_bp: int | None = None
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """One resource on the sheet. Without lines nothing of it can be changed here, or it is not to be seen any more."""

    type: str
    key: str
    title: str
    url: str
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    things: tuple[Thing, ...] = ()
    lines: Mapping[str, Line] = field(default_factory=dict)

    @property
    def errors(self) -> list[Line]:
        return [line for line in self.lines.values() if line.error]

    @property
    def changed(self) -> list[Line]:
        return [line for line in self.lines.values() if line.after is not None and not line.error]

    def changes(self) -> tuple[ProposedChange, ...]:
        """What is typed, as a change set in the order of the sheet."""
        return tuple(
            ProposedChange(
                index=index,
                type=line.type,
                key=line.key,
                field=line.field,
                address=Address.parse(line.address),
                before=line.now,
                after=line.after,
            )
            for index, line in enumerate(self.changed)
        )

    def places(self) -> list[Place]:
        return [
            Place(type=line.type, key=line.key, field=line.field, address=Address.parse(line.address))
            for line in self.changed
        ]


def reader_of(account: Account) -> Reader:
    """Cost is for nobody to change here, so nobody reads it here."""
    return Reader(segments_with(account, "view_segment"))


def sheet_of(account: Account, unsent: Unsent, *, at: datetime) -> Sheet:
    """The things of this work as the catalogue has them now, with what was typed (a fixed number of queries)."""
    reader = reader_of(account)
    wanted = [(str(type), str(key)) for type, key in unsent.things]
    rows = list(reader.resources().filter(type__in={type for type, _ in wanted}, key__in={key for _, key in wanted}))
    found = {(item["type"], item["id"]): item for item in in_wire(reader, rows, at=at)}
    things = [_thing(type, key, found.get((type, key)), unsent.entries) for type, key in wanted]
    return Sheet(things=tuple(things), lines={line.id: line for thing in things for line in thing.lines})


def named(account: Account, text: str) -> list[tuple[str, str]]:
    """The things of this SKU, or with this key, of which something can be typed. Empty where none can be seen."""
    wanted = text.strip()
    if not wanted or "\0" in wanted:
        return []
    rows = reader_of(account).resources().filter(Q(sku=wanted) | Q(key=wanted), type__in=TYPES)
    order = list(TYPES)
    return sorted(rows.values_list("type", "key"), key=lambda name: (order.index(name[0]), name[1]))


def read_into(entries: dict[str, Any], sheet: Sheet, given: Mapping[str, str]) -> dict[str, Any]:
    """What a form says, by row, kept as it was typed; what stands there unchanged is not kept.

    A row remembers what its value was when it was shown. Where that has changed, it says so instead of taking the
    typed value as an answer to another question.
    """
    kept = {id: entry for id, entry in entries.items() if id in sheet.lines}
    for id, line in sheet.lines.items():
        typed = given.get(f"after-{id}")
        if typed is None:
            continue
        text = typed.replace("\r\n", "\n")[:LONGEST]
        if not text.strip() or (line.kind == "text" and text == line.now):
            kept.pop(id, None)
        else:
            kept[id] = {"typed": text, "seen": given.get(f"seen-{id}", "")[:64]}
    return kept


def _thing(type: str, key: str, item: dict[str, Json] | None, entries: Mapping[str, Any]) -> Thing:
    if item is None:
        return Thing(type=type, key=key, title=key, url="")
    values: dict[tuple[str, str], list[dict[str, Json]]] = defaultdict(list)
    for each in item["fields"]:
        if each["kind"] in KINDS:
            values[each["field"], Address.parse(each["address"]).key()].append(each)
    lines = [
        _line(type, key, name, address_key, listed, entries)
        for (name, address_key), listed in values.items()
        if any(each["writable"] for each in listed)
    ]
    return Thing(
        type=type,
        key=key,
        title=item["title"] or key,
        url=resource_url(type, key),
        lines=tuple(lines),
    )


def _line(
    type: str, key: str, name: str, address_key: str, listed: Sequence[dict[str, Json]], entries: Mapping[str, Any]
) -> Line:
    true = next((each for each in listed if each["source_of_truth"]), listed[0])
    id = digest([type, key, name, address_key])[:16]
    entry = entries.get(id) or {}
    now, kind = true["value"], str(true["kind"])
    line = Line(
        id=id,
        type=type,
        key=key,
        field=name,
        label=field_label(name),
        address=true["address"],
        kind=kind,
        now=now,
        now_words=value_words(true),
        systems=", ".join(sorted({str(each["system"]) for each in listed if each["writable"]})),
        seen=digest(now)[:16],
        typed=str(entry.get("typed", "")) or (str(now) if kind == "text" and now is not None else ""),
        hint=_hint(kind, now),
    )
    return _read(line, str(entry.get("seen", ""))) if entry else line


def _hint(kind: str, now: Json) -> str:
    if kind == "money" and isinstance(now, dict):
        return str(now.get("currency", ""))
    return _("whole number") if kind == "integer" else ""


def _read(line: Line, seen: str) -> Line:
    try:
        after = _value(line)
    except ValueError as wrong:
        return replace(line, error=str(wrong))
    if after == line.now:
        return line
    if seen != line.seen:
        return replace(line, after=after, error=_("The value has changed since you saw it. Is yours still right?"))
    return replace(line, after=after, moved_bp=_moved(line.now, after))


def _value(line: Line) -> Json:
    """What was typed, in the wire shape of its kind. Raises ValueError with words for whoever typed it."""
    text = line.typed.strip()
    if line.kind == "text":
        return line.typed
    if line.kind == "integer":
        if not text.isascii() or not text.isdigit() or len(text) > 12:
            raise ValueError(_("Type a whole number, not below zero."))
        return int(text)
    if not isinstance(line.now, dict):
        raise ValueError(_("Nobody knows the currency of this price."))
    exponent = int(line.now["exponent"])
    try:
        minor = Decimal(text.replace(",", ".")).scaleb(exponent)
        whole = int(minor)
    except (InvalidOperation, ValueError, OverflowError):
        raise ValueError(_("Type an amount such as 19.90.")) from None
    if minor != whole or whole < 0 or whole > 10**12:
        raise ValueError(_("Type an amount not below zero, with no more decimals than its currency has."))
    return {**line.now, "amount": whole}


def _moved(now: Json, after: Json) -> int | None:
    if isinstance(now, dict) and isinstance(after, dict):
        return change_bp(Money.parse(now), Money.parse(after))
    if type(now) is int and type(after) is int and now > 0:
        return (after - now) * WHOLE // now
    return None
