"""Lists of what is set up, so many at once, found by key or name: an enterprise has thousands of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.urls import reverse

from orchestr.http import SignedIn

SHOWN = 50
_WORDS = 120


@dataclass(frozen=True, slots=True)
class Listed[T: Model]:
    """One page of a list: its rows, how many there are in all, what is searched for and where the list goes on."""

    rows: list[T]
    total: int
    q: str
    action: str
    first_url: str
    next_url: str

    def context(self) -> dict[str, Any]:
        """What the page's template shows of the list, beside its rows."""
        return {
            "q": self.q,
            "active": bool(self.q),
            "action": self.action,
            "shown": len(self.rows),
            "total": self.total,
            "first_url": self.first_url,
            "next_url": self.next_url,
        }


def listed[T: Model](request: SignedIn, groups: Sequence[QuerySet[T]], *, name: str) -> Listed[T]:
    """A page of these groups, one after the other, each by key; `?q=` finds by key or name, `?after=` goes on.

    An address that nobody was given begins at the first. A query for each group begun, and one to count each.
    """
    action, q = reverse(name), request.GET.get("q", "").replace("\0", "").strip()[:_WORDS]
    groups = [group.filter(Q(key__icontains=q) | Q(name__icontains=q)) for group in groups] if q else groups
    begun, key = _place(request.GET.get("after", ""))
    found: list[tuple[int, T]] = []
    for number, group in enumerate(groups[begun:], start=begun):
        rest = group.filter(key__gt=key) if number == begun and key else group
        found += [(number, row) for row in rest.order_by("key")[: SHOWN + 1 - len(found)]]
        if len(found) > SHOWN:
            break
    asked = {"q": q} if q else {}
    last = f"{found[SHOWN - 1][0]}.{found[SHOWN - 1][1].key}" if len(found) > SHOWN else ""  # type: ignore[attr-defined]
    return Listed(
        rows=[row for _group, row in found[:SHOWN]],
        total=sum(group.count() for group in groups),
        q=q,
        action=action,
        first_url=reverse(name, query=asked) if begun or key else "",
        next_url=reverse(name, query=asked | {"after": last}) if last else "",
    )


def _place(after: str) -> tuple[int, str]:
    """`1.spring-repricer` is in the second group, after that key."""
    group, dot, key = after.replace("\0", "").partition(".")
    return (int(group), key) if dot and len(group) == 1 and group.isdecimal() and group.isascii() else (0, "")
