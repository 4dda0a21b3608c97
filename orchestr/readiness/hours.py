"""The hours in which a workflow may run, and in which of them nobody is at work where it reaches."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from orchestr.catalogue.models import Site
from orchestr.catalogue.sites import sites
from orchestr.people.due import next_open
from orchestr.triggers.definition import Definition, Quiet
from orchestr.triggers.models import Trigger
from orchestr.triggers.suppression import is_quiet
from orchestr.workflows.models import Workflow

AHEAD = timedelta(days=7)
LOOKED_EVERY = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Closed:
    """Of the next seven days: how many hours it may run in while no site of its channels is open.

    `longest` is how long what it proposes then waits at most until one opens. `lost` is the first moment from which on
    what it proposes expires before anybody is at work; None where there is none.
    """

    hours: int
    longest: timedelta
    lost: datetime | None


def closed_hours(workflow: Workflow, *, at: datetime) -> Closed:
    """When it may propose and nobody is at work (one query). Without a known site nobody's hours are known: none."""
    there = sites()
    known = [there[channel] for channel in workflow.channels if channel in there]
    if not known:
        return Closed(0, timedelta(0), None)
    expiry, counted, longest, lost = timedelta(seconds=settings.EXPIRY_S), 0, timedelta(0), None
    quiet = quiet_hours(workflow)
    for moment in moments(at, at + AHEAD):
        if quiet and all(is_quiet(each, at=moment) for each in quiet):
            continue
        waits = _waits(known, moment, expiry)
        counted += waits > timedelta(0)
        longest = max(longest, waits)
        if waits >= expiry and lost is None:
            lost = moment
    return Closed(int(counted * LOOKED_EVERY / timedelta(hours=1)), longest, lost)


def quiet_hours(workflow: Workflow) -> Sequence[Quiet]:
    """The hours in which none of its triggers starts anything; none where one of them knows no such hours."""
    rows = Trigger.objects.filter(workflow=workflow, drill=None).values_list("definition", flat=True)
    quiet = [Definition.parse(each).holds.quiet for each in rows]
    return [each for each in quiet if each is not None] if quiet and all(quiet) else []


def moments(begins: datetime, ends: datetime) -> Iterator[datetime]:
    """The moments that are looked at of this stretch."""
    moment = begins
    while moment < ends:
        yield moment
        moment += LOOKED_EVERY


def _waits(known: Sequence[Site], moment: datetime, expiry: timedelta) -> timedelta:
    """How long until the first of these opens; `expiry` where none does before."""
    opens = [found for site in known if (found := next_open(site, moment, within=expiry)) is not None]
    return min((each - moment for each in opens), default=expiry)
