"""When a proposal may go out: its own time, the windows of its sites and workflow, planned freezes."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from orchestr.catalogue.models import Site
from orchestr.execution.calendar.models import PublicationWindow
from orchestr.execution.calendar.windows import Calendar, Window, next_open
from orchestr.freezes import targets
from orchestr.freezes.planned import Planned, ahead
from orchestr.generation import kept
from orchestr.proposals.models import Proposal

WINDOWS = "windows"  # what an execution says that it waits for


@dataclass(frozen=True, slots=True)
class Calendars:
    """Every calendar there is, by the key of its site or workflow."""

    sites: Mapping[str, Calendar]
    workflows: Mapping[str, Calendar]

    def of(self, *, sites: Iterable[str], workflow: str) -> list[Calendar]:
        """Those that a change on these sites by this workflow has to respect."""
        found = [self.sites[key] for key in sorted(set(sites)) if key in self.sites]
        return [*found, self.workflows[workflow]] if workflow in self.workflows else found


@kept
def calendars() -> Calendars:
    """All windows (one query; kept for as long as nobody changes one)."""
    sites: dict[str, list[Window]] = defaultdict(list)
    workflows: dict[str, list[Window]] = defaultdict(list)
    rows = PublicationWindow.objects.order_by("id").values_list(
        "site__key", "workflow__key", "zone", "days", "opens", "closes"
    )
    for site, workflow, zone, days, opens, closes in rows:
        window = Window(zone, tuple(sorted(days)), opens, closes)
        (sites[site] if site is not None else workflows[workflow]).append(window)
    return Calendars(_named(sites), _named(workflows))


def opens_at(*, sites: Collection[str], workflow: str, at: datetime) -> datetime | None:
    """The first moment from `at` on at which all windows concerned are open; None: never."""
    return next_open(calendars().of(sites=sites, workflow=workflow), at)


@dataclass(frozen=True, slots=True)
class Forecast:
    """When a proposal goes out if nothing else changes, and what it waits for. `zone` is its first site's.

    `at` None: the windows never meet. `why` holds codes: `not_before`, `windows`, `freeze`.
    """

    at: datetime | None
    zone: str
    why: tuple[str, ...]
    freezes: tuple[Planned, ...] = ()


def forecast(
    proposal: Proposal, *, segments: Collection[str], systems: Collection[str], at: datetime
) -> Forecast | None:
    """What the page says of its time; None where it goes out as soon as it is approved.

    `segments` are keys with their ancestors. Freezes that stand without an end are not foretold.
    """
    workflow = proposal.workflow.key if proposal.workflow else ""
    concerned = calendars().of(sites=proposal.channels, workflow=workflow)
    start = max(at, proposal.ready_at or at, proposal.not_before or at)
    stops = _stops(proposal, workflow, segments, systems, start)
    moment, met = start, list[Planned]()
    why = ["not_before"] if proposal.not_before and proposal.not_before > at else []
    for _ in range(2 * len(stops) + 2):
        opened = next_open(concerned, moment)
        if opened is None:
            return Forecast(None, _zone_of(proposal), (*why, "windows"))
        if opened > moment and "windows" not in why:
            why.append("windows")
        stop = next((each for each in stops if each.begins_at <= opened < each.ends_at), None)
        if stop is None:
            return Forecast(opened, _zone_of(proposal), tuple(why), tuple(met)) if why else None
        met.append(stop)
        why += [] if "freeze" in why else ["freeze"]
        moment = stop.ends_at
    return Forecast(None, _zone_of(proposal), tuple(why), tuple(met))


def _stops(
    proposal: Proposal, workflow: str, segments: Collection[str], systems: Collection[str], since: datetime
) -> list[Planned]:
    agent = proposal.agent.key if proposal.agent else ""
    concerned = targets.targets_of(segments=segments, workflow=workflow, agent=agent)
    return ahead(concerned | {targets.Target("connector", key) for key in systems}, since=since)


def _zone_of(proposal: Proposal) -> str:
    zones: dict[str, str] = dict(Site.objects.filter(key__in=proposal.channels).values_list("key", "zone"))
    return next((zones[key] for key in proposal.channels if key in zones), "UTC")


def _named(found: Mapping[str, list[Window]]) -> dict[str, Calendar]:
    return {key: Calendar(key, tuple(windows)) for key, windows in found.items()}


def windows_of(owner_id: UUID) -> tuple[Window, ...]:
    """The windows of one site or workflow, as they are now (one query)."""
    rows = PublicationWindow.objects.filter(site_id=owner_id) | PublicationWindow.objects.filter(workflow_id=owner_id)
    found = rows.order_by("opens", "id").values_list("zone", "days", "opens", "closes")
    return tuple(Window(zone, tuple(sorted(days)), opens, closes) for zone, days, opens, closes in found)
