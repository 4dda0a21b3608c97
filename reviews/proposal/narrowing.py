"""The form with which a reviewer drops items or moves amounts: drawn from a plan, read from a request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.http import QueryDict
from django.utils.formats import sanitize_separators
from django.utils.translation import gettext as _

from orchestr.policy.values import MAX_AMOUNT, Json
from orchestr.proposals.deciding.narrowing import Edit
from orchestr.proposals.models import Version
from orchestr.refusal import Kind, Refusal

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class NarrowRow:
    """One item: `movable` if an amount or a number can be put in its place, in `currency` (or a unit)."""

    index: int
    title: str
    address: Mapping[str, Json]
    before: Json
    after: Json
    currency: str
    movable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NarrowAct:
    url: str
    label: str
    why_not: str
    note: str


def rows_of(changes: Sequence[Mapping[str, Json]]) -> list[NarrowRow]:
    """A row for each of these planned changes, in their order."""
    return [
        NarrowRow(
            index=change["index"],
            title=change["title"],
            address=change["address"],
            before=change["before"],
            after=change["after"],
            currency=change["after"]["currency"] if _is_money(change["after"]) else _("number"),
            movable=_is_money(change["after"]) or type(change["after"]) is int,
        )
        for change in changes
    ]


def read(given: QueryDict, version: Version) -> dict[int, Edit]:
    """The edits a form asks for, by index of the plan. Raises Refusal where an amount cannot be read."""
    edits: dict[int, Edit] = {}
    for change in version.plan:
        index = change["index"]
        drop = bool(given.get(f"drop-{index}"))
        text = given.get(f"after-{index}", "").strip()
        if not drop and not text:
            continue
        reason = given.get(f"why-{index}", "").strip()[:LONGEST_REASON]
        after = None if drop else _amount(text, change, about={"proposal": str(version.proposal_id)})
        edits[index] = Edit(reason=reason, drop=drop, after=after)
    return edits


def _amount(text: str, change: Mapping[str, Json], *, about: dict[str, str]) -> Json:
    """Major units as a person types them, in the shape of the value proposed."""
    proposed = change["after"]
    exponent = int(proposed["exponent"]) if _is_money(proposed) else 0
    try:
        number = Decimal(sanitize_separators(text)).scaleb(exponent)
    except InvalidOperation:
        raise _unreadable(change, about) from None
    if not number.is_finite() or number != number.to_integral_value() or abs(number) > MAX_AMOUNT:
        raise _unreadable(change, about)
    if _is_money(proposed):
        return dict(proposed) | {"amount": int(number)}
    if type(proposed) is int:
        return int(number)
    raise _unreadable(change, about)


def _is_money(value: Json) -> bool:
    return isinstance(value, Mapping) and "amount" in value and "exponent" in value


def _unreadable(change: Mapping[str, Json], about: dict[str, str]) -> Refusal:
    return Refusal(
        Kind.UNPROCESSABLE,
        "amount_unreadable",
        _("The amount for %(title)s cannot be read.") % {"title": change["title"]},
        next=_("Write it like 19.90, with no more digits after the point than the currency has."),
        params={"index": change["index"]},
        about=about,
    )
