"""Setting windows: fewer open minutes are in force at once, more of them take a second person."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import connection

from audit.record import Actor, record
from orchestr.catalogue.models import Site
from orchestr.execution.calendar.models import PublicationWindow
from orchestr.execution.calendar.opening import WINDOWS, windows_of
from orchestr.execution.calendar.windows import Window, open_minutes
from orchestr.governance import control
from orchestr.governance.models import ControlChange
from orchestr.live import EVERYONE, announce, wake
from orchestr.people.models import Account
from orchestr.policy.values import Json
from orchestr.refusal import Kind, Refusal, absent
from orchestr.workflows.models import Workflow

KIND = "calendar.windows"
MOST_WINDOWS = 20
DRAIN = "orchestr.execution.drain"

type Owner = Site | Workflow


def owner_of(target: str) -> Owner:
    """The site or workflow that `site:web-de` or `workflow:clearance` names. Locks it. Raises Refusal (absent)."""
    kind, _colon, key = target.partition(":")
    found: Owner | None = None
    if kind == "site":
        found = Site.objects.select_for_update().filter(key=key).first()
    elif kind == "workflow":
        found = Workflow.objects.select_for_update(of=("self",)).filter(key=key).first()
    if found is None:
        raise absent("calendar")
    return found


def set_windows(
    *, target: str, windows: Sequence[Window], reason: str, by: Account, at: datetime
) -> ControlChange | None:
    """Replace the windows of a site or workflow. None: in force; a control change: waits for a second person.

    It waits where some minute of the week would be open that is not now; without windows every minute is.
    Locks the site or workflow. Refuses an unknown one, whoever may not ask for control changes, windows that
    cannot be, and another zone than the site's.
    """
    _in_transaction()
    control.entitled(KIND, by)
    owner = owner_of(target)
    _check(owner, windows)
    before = windows_of(owner.pk)
    if _same_zone(before, windows) and open_minutes(windows) <= open_minutes(before):
        _replace(owner, target, windows, by, at)
        return None
    return control.request(
        kind=KIND, target=target, before=_wire(before), after=_wire(windows), reason=reason, by=by, at=at
    )


def _apply(change: ControlChange, by: Account, at: datetime) -> None:
    owner = owner_of(change.target)
    if change.before != _wire(windows_of(owner.pk)):
        raise Refusal(
            Kind.CONFLICT, "calendar_moved", "The windows have changed since this was asked for.",
            next="Reject this request, look at the windows as they are, and ask again.",
            about={"control_change": str(change.pk)},
        )  # fmt: skip
    rows = dict(change.after or {})["windows"]
    wanted = [Window(row["zone"], tuple(row["days"]), row["opens"], row["closes"]) for row in rows]
    _replace(owner, change.target, wanted, by, at)


control.register(KIND, _apply, confirmers=control.ADMINS_AND_ANSWERABLE)


def _replace(owner: Owner, target: str, windows: Sequence[Window], by: Account, at: datetime) -> None:
    named = {"site": owner} if isinstance(owner, Site) else {"workflow": owner}
    PublicationWindow.objects.filter(**named).delete()
    PublicationWindow.objects.bulk_create(
        PublicationWindow(
            **named, zone=each.zone, days=list(each.days), opens=each.opens, closes=each.closes,
            set_by_id=by.person_id, set_at=at,
        )
        for each in windows
    )  # fmt: skip
    record(
        action="calendar.changed",
        actor=Actor.person(account_id=by.pk, person_id=by.person_id),
        at=at,
        about={noun: str(owner.pk) for noun in named},
        data={"target": target, "count": len(windows), "minutes": len(open_minutes(windows))},
    )
    announce("calendar", [owner.pk], groups=[EVERYONE])
    _look_again(at)


def _look_again(at: datetime) -> None:
    """What waits for a window is looked at now: it may be open, or open earlier, under the new ones."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE orchestr_execution SET next_at = %s WHERE id IN ("
            " SELECT id FROM orchestr_execution WHERE state = 'queued' AND held_by = %s AND next_at > %s"
            " ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)",
            [at, WINDOWS, at],
        )
        if cursor.rowcount:
            wake(DRAIN, queue="publish")


def _check(owner: Owner, windows: Sequence[Window]) -> None:
    possible = len(windows) <= MOST_WINDOWS and all(
        each.days and set(each.days) <= set(range(1, 8)) and 0 <= each.opens < each.closes <= 1440 for each in windows
    )
    if not possible:
        raise _refused("windows_impossible", "A window has weekdays, and opens before it closes.")
    for each in windows:
        if isinstance(owner, Site) and each.zone != owner.zone:
            raise _refused("windows_zone", "A site's windows are in its own zone.")
        try:
            ZoneInfo(each.zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise _refused("windows_zone", "There is no such time zone.") from None


def _same_zone(one: Sequence[Window], other: Sequence[Window]) -> bool:
    """Minutes of different zones cannot be compared; where one side has no window there is nothing to compare."""
    return len({each.zone for each in (*one, *other)}) <= 1


def _wire(windows: Sequence[Window]) -> Json:
    return {
        "windows": [
            {"zone": each.zone, "days": list(each.days), "opens": each.opens, "closes": each.closes}
            for each in sorted(windows, key=lambda each: (each.days, each.opens, each.closes))
        ]
    }


def _refused(code: str, why: str) -> Refusal:
    return Refusal(Kind.UNPROCESSABLE, code, why, next="Correct the windows and save them again.")


def _in_transaction() -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("An operation was called outside a transaction: the door opens it.")
