"""A sandbox beside the demo shop: a small copy with a segment of its own, for drills and test tokens."""

from dataclasses import replace
from datetime import datetime

from demo.catalogue.goods import REHEARSAL
from demo.catalogue.sites import LOCATIONS
from demo.seed.agents import Ground
from demo.seed.company import REFRESH_S, Configured, configure, place
from demo.seed.people import CAST, grant
from launch.credentials import SANDBOX
from orchestr.people.models import Account


def stand_beside(ground: Ground, *, url: str, people: dict[str, Account], at: datetime) -> Ground:
    """Configure the system, marked as a sandbox; returns the ground with its segment."""
    place(REHEARSAL, "Rehearsal", parent=None, at=at)
    for role in CAST:
        grant(people[role.username], role.rights, (REHEARSAL,), at=at)
    settings = {"refresh_s": REFRESH_S, "locations": sorted(LOCATIONS)}
    name = "Fjord & Field sandbox"
    configure(Configured(key=SANDBOX, kind="demo_shop", name=name, url=url, settings=settings, sandbox=True), at=at)
    return replace(ground, segments=ground.segments | {REHEARSAL})
