"""For how long texts and personal data are kept: the settings ask for it, and two people agree before anything goes.

One who runs the machine could otherwise shorten a period alone, and yesterday's reasons would be gone tomorrow. A
longer period, and for ever, need nobody. What is agreed is the newest confirmed control change of a kind.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

from django.conf import settings
from django.db import connection

from audit.record import Actor, record
from audit.seal import first_id
from orchestr.governance import control
from orchestr.governance.models import ControlChange
from orchestr.keeping.hold import MAY_HOLD
from orchestr.people.models import Account
from orchestr.refusal import Kind, Refusal

type Kept = Literal["text", "personal"]
KINDS: tuple[Kept, ...] = ("text", "personal")
PERIOD = "retention.period"
_SETTINGS: Mapping[str, str] = {"text": "RETAIN_TEXT_DAYS", "personal": "RETAIN_PERSONAL_DAYS"}
_SPARE_DAYS = 400  # days of standstill that a look goes back over, beyond the period twice

# A day counts where the log recorded something on it: one look-up by the key of the events for each.
_LIVED = """
SELECT day.at FROM ROWS FROM (unnest(%(days)s::timestamptz[]), unnest(%(since)s::uuid[]), unnest(%(until)s::uuid[]))
    WITH ORDINALITY AS day (at, since, until, place)
CROSS JOIN LATERAL (SELECT FROM audit_event WHERE id >= day.since AND id < day.until LIMIT 1 OFFSET 0) AS recorded
ORDER BY day.place OFFSET %(passed)s LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Period:
    """How many days one kind is kept: as the settings say, and as two people agreed. 0 is for ever, None not agreed."""

    kind: Kept
    asked: int
    agreed: int | None
    requested: bool = False

    @property
    def days(self) -> int:
        """What is in force; 0 while nobody agreed."""
        return max(self.asked, self.agreed) if self.asked and self.agreed else 0

    @property
    def waits(self) -> bool:
        """Whether the settings ask for something shorter than what two people agreed to."""
        return bool(self.asked) and self.asked != self.days


def periods() -> list[Period]:
    """Both, in the order shown. Two statements."""
    rows = ControlChange.objects.filter(kind=PERIOD, state__in=("confirmed", "requested")).order_by("settled_at", "id")
    agreed: dict[str, int] = {}
    requested: set[str] = set()
    for target, state, after in rows.values_list("target", "state", "after"):
        if state == "confirmed":
            agreed[target] = int(dict(after or {})["days"])
        else:
            requested.add(target)
    return [
        Period(kind, int(getattr(settings, _SETTINGS[kind])), agreed.get(_target(kind)), _target(kind) in requested)
        for kind in KINDS
    ]


def period_of(kind: Kept) -> Period:
    """The one of this kind."""
    return next(period for period in periods() if period.kind == kind)


def request_period(*, kind: str, why: str, by: Account, at: datetime) -> ControlChange:
    """Ask for the period of the settings to be put in force; a second person confirms it.

    Refuses a kind that is none, where the settings keep for ever or longer than was agreed, who may not, and an empty
    reason.
    """
    control.entitled(PERIOD, by)
    period = next((period for period in periods() if period.kind == kind), None)
    if period is None or not period.waits:
        raise Refusal(
            Kind.CONFLICT,
            "nothing_to_agree",
            "The settings ask for no shorter period than the one in force.",
            next="Whoever runs the machine sets the period first.",
        )
    return control.request(
        kind=PERIOD,
        target=_target(period.kind),
        before={"kind": period.kind, "days": period.days},
        after={"kind": period.kind, "days": period.asked},
        reason=why,
        by=by,
        at=at,
    )


def over_before(days: int, *, at: datetime) -> datetime | None:
    """Before which moment a period of so many days is over at `at`; None where the log is not that old.

    Days are counted by what the log recorded, not by the clock alone: whoever puts a clock forward makes one day of
    it. What was settled on the day it tells is kept until the next.
    """
    newest = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    begins = [newest - timedelta(days=back) for back in range(2 * days + _SPARE_DAYS)]
    since = [first_id(day) for day in begins]
    until = [first_id(day + timedelta(days=1)) for day in begins]
    with connection.cursor() as cursor:
        cursor.execute(_LIVED, {"days": begins, "since": since, "until": until, "passed": days})
        row = cursor.fetchone()
    if row is None:
        return None
    day: datetime = row[0]
    return min(day + timedelta(days=1), at - timedelta(days=days))  # not sooner than by the clock


def _target(kind: str) -> str:
    return f"retention:{kind}"


def _apply(change: ControlChange, by: Account, at: datetime) -> None:
    after = dict(change.after or {})
    record(
        action="retention.agreed",
        actor=Actor.person(account_id=by.pk, person_id=by.person_id),
        at=at,
        about={"control_change": UUID(str(change.pk))},
        data={"kind": after["kind"], "days": after["days"]},
    )


control.register(PERIOD, _apply, functions=MAY_HOLD)
