"""A real Vendure beside the demo shop: its own sites and segments, the same people, agents and workflows."""

from dataclasses import replace
from datetime import datetime, time

from demo.seed.agents import Ground
from demo.seed.company import Configured, configure, place
from demo.seed.people import CAST, grant
from orchestr.catalogue.models import Site
from orchestr.people.models import Account
from orchestr.policy.values import Json

SYSTEM, ROOT = "vendure", "vendure"
SITES: dict[str, dict[str, Json]] = {
    "vendure": {"name": "Vendure", "country": "DE", "currency": "EUR", "zone": "Europe/Berlin"},
    "vendure-uk": {"name": "Vendure UK", "country": "GB", "currency": "GBP", "zone": "Europe/London"},
}
SETTINGS: dict[str, Json] = {
    "channels": {"vendure": "__default_channel__", "vendure-uk": "uk"},
    "locations": {"main": "Default Stock Location", "north": "Northern warehouse"},
    "root_segment": ROOT,
    "root_title": "Vendure",
    "cost_field": "cost",
    "refresh_s": 20,
}


def stand_beside(ground: Ground, *, url: str, people: dict[str, Account], at: datetime) -> Ground:
    """Configure the system; returns the ground with its segments and channels. Its collections come with the sweep."""
    for key, site in SITES.items():
        Site.objects.get_or_create(
            key=key,
            defaults={
                **site,
                "exponent": 2,
                "tax_bp": 2_000,
                "locales": ["en"],
                "opens_at": time(9),
                "closes_at": time(18),
                "workdays": [1, 2, 3, 4, 5],
            },
        )
    place(ROOT, "Vendure", parent=None, at=at)
    for role in CAST:
        grant(people[role.username], role.rights, (ROOT,), at=at)
    configure(Configured(key=SYSTEM, kind="vendure", name="Vendure", url=url, settings=SETTINGS), at=at)
    return replace(ground, segments=ground.segments | {ROOT}, channels=ground.channels | frozenset(SITES))
