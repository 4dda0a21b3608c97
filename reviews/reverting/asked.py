"""The selection of a revert as an address carries it, and the choices a form sends."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import UUID

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from orchestr.execution.reverting.lines import Choice
from orchestr.execution.reverting.selection import Selection
from orchestr.http import QueryDict
from orchestr.refusal import Kind, Refusal
from reviews.oncall.recent import words_of

CHOICES = ("restore", "keep", "rebase")
HOURS = (1, 2, 8, 24, 72, 168)


def selected(given: QueryDict) -> list[int] | None:
    """The items a selection names; None is the whole proposal."""
    try:
        return [int(text) for text in given.getlist("item")] or None
    except ValueError:
        raise _unreadable("item") from None


def choices_of(given: QueryDict) -> dict[int, Choice]:
    """What was chosen for each item; what no line of the plan offers is refused by the operation."""
    chosen = {}
    for name, value in given.items():
        if name.startswith("item-"):
            if value not in CHOICES or not (name[5:].isascii() and name[5:].isdecimal()) or len(name) > 12:
                raise _unreadable("item")
            chosen[int(name[5:])] = cast("Choice", value)
    return chosen


def begins_of(given: QueryDict, *, at: datetime) -> datetime | None:
    """The time a form names: a moment in the reader's zone, else so many hours ago, else none."""
    text, hours = given.get("from", "").strip(), given.get("hours", "")
    if text:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise _unreadable("from") from None
        return moment if moment.tzinfo else timezone.make_aware(moment)
    if not hours:
        return None
    if hours not in {str(each) for each in HOURS}:
        raise _unreadable("hours")
    return at - timedelta(hours=int(hours))


def selection_of(given: QueryDict, *, at: datetime) -> Selection:
    """The selection that an address names. Raises Refusal where it cannot be read."""
    begins = begins_of(given, at=at)
    as_of = given.get("to", "") == "as_of"
    items = selected(given)
    try:
        proposals = tuple(UUID(text) for text in given.getlist("proposal"))
    except ValueError:
        raise _unreadable("proposal") from None
    return Selection(
        proposals=proposals,
        items=None if items is None else tuple(sorted(items)),
        agent=_key(given, "agent"),
        workflow=_key(given, "workflow"),
        segment=_key(given, "segment"),
        skus=_skus(given.get("q", "")),
        since=None if as_of else begins,
        as_of=begins if as_of else None,
    )


def query_of(given: QueryDict, *, at: datetime) -> str:
    """The same selection as an address that names a fixed moment, so that it stays what was seen."""
    begins = begins_of(given, at=at)
    named = {name: given.get(name, "") for name in ("q", "agent", "workflow", "segment", "to")}
    parts: list[tuple[str, str]] = [(name, value) for name, value in named.items() if value]
    parts += [(name, value) for name in ("proposal", "item") for value in given.getlist(name)]
    if begins is not None:
        parts.append(("from", begins.astimezone(UTC).isoformat(timespec="seconds")))
    return urlencode(parts)


def words_for(selection: Selection, names: Mapping[str, str]) -> str:
    """The selection in one sentence. `names` are those of the agent, workflow and segment by their keys."""
    begins = selection.begins
    moment = date_format(timezone.localtime(begins), "DATETIME_FORMAT") if begins else ""
    who = [names.get(key, key) for key in (selection.agent, selection.workflow, selection.segment) if key]
    what = ", ".join([*who, *selection.skus[:5]]) or _("everything you may put back")
    if selection.as_of:
        return capfirst(_("%(what)s: back to the values of %(moment)s") % {"what": what, "moment": moment})
    if begins:
        return capfirst(_("%(what)s: what was written since %(moment)s") % {"what": what, "moment": moment})
    return capfirst(what)


def _skus(text: str) -> tuple[str, ...]:
    tokens = [token for token in re.split(r"[\s,;]+", text.replace("\0", "")[:20_000]) if token]
    return tuple(dict.fromkeys(part for token in tokens for part in words_of(token)))


def _key(given: QueryDict, name: str) -> str:
    return given.get(name, "").replace("\0", "")[:160]


def _unreadable(field: str) -> Refusal:
    return Refusal(
        Kind.INVALID,
        "choice_unreadable",
        _("What was chosen cannot be read."),
        next=_("Open the plan again and choose there."),
        params={"field": field},
    )
