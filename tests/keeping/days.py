"""Days on which the log recorded something, and periods that two people agreed to, made without the pages."""

from datetime import timedelta

from orchestr.governance.models import ControlChange
from orchestr.keeping.period import PERIOD
from orchestr.people.models import Person
from tests import make
from tests.audit.doctored.doctor import put_in


def days_pass(count: int) -> None:
    """Each of the next days has its event, as a log at work has."""
    for day in range(1, count + 1):
        put_in(make.now() + timedelta(days=day), action="export.made", about={}, data={}, segments=[])


def agreed(kind: str, days: int) -> None:
    one, other = (Person.objects.create(name=name, created_at=make.now()) for name in ("One", "Another"))
    ControlChange.objects.create(
        kind=PERIOD, target=f"retention:{kind}", before={"kind": kind, "days": 0}, after={"kind": kind, "days": days},
        digest="0" * 64, reason="As the law says.", requested_by=one, requested_at=make.now(), settled_by=other,
        settled_at=make.now(), state="confirmed",
    )  # fmt: skip
