"""One line of a plan of putting back, in words, with its choices."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orchestr.catalogue.classes import COST, readable
from orchestr.execution.reverting.lines import ONLY_KEPT, ChangedBy, Choice, RevertLine, RevertPlan
from orchestr.execution.reverting.lows import Low, lows_of
from orchestr.people.models import Account
from orchestr.policy.values import Json
from orchestr.proposals.models import Proposal
from reviews.templatetags.show import wire_value
from reviews.words.proposal import field_label
from reviews.words.titles import proposer_of

SHOWN = 200  # lines; whatever needs a choice comes first, and the rest goes by its default
ATTENTION = (*ONLY_KEPT, "conflict")


@dataclass(frozen=True, slots=True)
class Option:
    value: Choice
    label: str
    checked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of the plan in words. `note` says what is particular about it, `breaks` which floor it would break."""

    n: int
    title: str
    sku: str
    field_label: str
    system: str
    address: Mapping[str, Json]
    restores_to: Json
    ours: Json
    now: Json
    readable: bool
    hidden: bool
    outcome: str
    options: Sequence[Option]
    changed_by: str
    changed_url: str
    changed_at: datetime | None
    written_at: datetime | None
    expires_at: datetime | None
    note: str
    several: str
    breaks: str
    low: Low | None


def items_of(plan: RevertPlan, *, account: Account, kind: str, sees_cost: bool) -> list[Item]:
    """The lines to show, at most SHOWN, those that need a choice first (a fixed number of queries)."""
    ordered = sorted(plan.lines, key=lambda line: (line.verdict not in ATTENTION and not line.breaks, line.index))
    shown = ordered[:SHOWN]
    lows = lows_of(replace(plan, lines=tuple(shown)))
    who = _named({line.changed.proposal_id for line in shown if line.changed is not None}, account)
    classes = (COST,) if sees_cost else ()
    return [_item(line, kind=kind, classes=classes, who=who, low=lows.get(line.index)) for line in shown]


def _named(ids: Collection[UUID | None], account: Account) -> dict[UUID, str]:
    """Whose proposals these are, as far as the account may see them."""
    wanted = [id for id in ids if id is not None]
    rows = Proposal.objects.visible_to(account).filter(pk__in=wanted) if wanted else Proposal.objects.none()
    return {row.pk: proposer_of(row) for row in rows.select_related("agent", "person")}


def _item(line: RevertLine, *, kind: str, classes: Sequence[str], who: Mapping[UUID, str], low: Low | None) -> Item:
    changed = line.changed
    hidden = not readable(line.type, line.field, classes)
    named = changed is not None and changed.proposal_id in who
    return Item(
        n=line.index,
        title=line.title or line.key,
        sku=line.sku or line.key,
        field_label=field_label(line.field),
        system=line.system_name,
        address=line.address,
        restores_to=line.restores_to,
        ours=line.ours,
        now=line.live,
        readable=not line.problem,
        hidden=hidden,
        outcome=line.verdict,
        options=_options(line, kind=kind, hidden=hidden),
        changed_by=_changed_by(changed, who) if changed else "",
        changed_url=reverse("reviews:proposal", args=[changed.proposal_id]) if changed and named else "",
        changed_at=changed.at if changed else None,
        written_at=line.written_at,
        expires_at=line.expires_at,
        note=_note(line, hidden=hidden),
        several=_several(line),
        breaks=_breaks(line, kind=kind),
        low=None if hidden else low,
    )


def _options(line: RevertLine, *, kind: str, hidden: bool) -> list[Option]:
    """What would break a floor is kept unless it is contained: a revert of it is refused."""
    labels: dict[Choice, str] = {
        "restore": _restore_words(line, hidden=hidden),
        "keep": _("Keep it until it ends by itself") if line.expires_at else _("Keep what is there now"),
        "rebase": _rebase_words(line, hidden=hidden),
    }
    default = "keep" if line.breaks and kind == "revert" else line.default
    return [Option(choice, labels[choice], choice == default) for choice in line.choices]


def _restore_words(line: RevertLine, *, hidden: bool) -> str:
    if line.verdict == "compensate":
        return _("Book the opposite")
    if line.verdict == "already":
        return _("Note that it is back")
    if hidden:
        return _("Restore what was there")
    return _("Restore %(value)s") % {"value": _short(wire_value(line.restores_to))}


def _rebase_words(line: RevertLine, *, hidden: bool) -> str:
    if line.rebases_to is None:
        return ""
    if hidden:
        return _("Keep the later change, take ours out")
    return _("Keep the later change, take ours out: %(value)s") % {"value": _short(wire_value(line.rebases_to))}


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39].rstrip() + "…"


def _note(line: RevertLine, *, hidden: bool) -> str:
    if line.begun:
        return _("It is still being written: that is stopped first, and what is written by then goes back.")
    if line.verdict == "conflict" and hidden:
        return _("It was changed since we wrote it. Unless you choose otherwise, it is kept.")
    if line.verdict == "conflict":
        return _("It was changed since we wrote %(value)s. Unless you choose otherwise, it is kept.") % {
            "value": _short(wire_value(line.ours))
        }
    if line.verdict == "irreversible":
        return _("This cannot be undone; the proposal said so before it was approved.")
    if line.verdict == "unreadable":
        return _("%(system)s does not answer, so it can only be kept for now.") % {"system": line.system_name}
    if line.verdict == "busy":
        return _("Somebody is writing it right now, so it can only be kept until that has settled.")
    if line.verdict == "already":
        return _("What is there is what it would go back to: nothing has to be written.")
    if line.verdict == "compensate":
        return _("The system keeps both bookings on record.")
    return ""


def _several(line: RevertLine) -> str:
    n = len(line.parts)
    if n == 1:
        return ""
    return ngettext(
        "%(n)d of our changes lies on another here; one write takes all of them back.",
        "%(n)d of our changes lie on one another here; one write takes all of them back.",
        n,
    ) % {"n": n}


def _breaks(line: RevertLine, *, kind: str) -> str:
    """That a floor stands in the way; which one would tell the cost, so that is left to policy's own pages."""
    if not line.breaks:
        return ""
    if kind == "contain":
        return _("What it goes back to breaks a floor that holds now: the second person looks at that.")
    return _("What it goes back to breaks a floor that holds now: only a containment may put it back.")


def _changed_by(changed: ChangedBy, who: Mapping[UUID, str]) -> str:
    if changed.proposal_id is None:
        return (
            _("%(who)s, outside Orchestr") % {"who": changed.hand} if changed.hand else _("somebody outside Orchestr")
        )
    if changed.proposal_id in who:
        return _("a proposal of %(who)s") % {"who": who[changed.proposal_id]}
    return _("another proposal")


def chosen(item: Item, choice: Choice | None) -> Item:
    """The same line with this choice checked, where it is offered."""
    if choice is None or choice not in {option.value for option in item.options}:
        return item
    return replace(item, options=[replace(option, checked=option.value == choice) for option in item.options])
