"""The promotions Fjord & Field runs: one over, one on, one still off, relative to the day the shop opened."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from orchestr.policy.values import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """A percentage off whole segments on some channels, between two moments in days from the opening."""

    code: str
    title: str
    discount_bp: int
    segments: tuple[str, ...]
    channels: tuple[str, ...]
    from_day: int
    until_day: int
    enabled: bool

    def definition(self, opened: datetime) -> dict[str, Json]:
        """The wire shape of the promotion's `definition`; moments are RFC 3339 in UTC."""
        midnight = opened.replace(hour=0, minute=0, second=0, microsecond=0)
        return {
            "title": self.title,
            "discount_bp": self.discount_bp,
            "segments": list(self.segments),
            "channels": list(self.channels),
            "starts_at": _wire(midnight + timedelta(days=self.from_day)),
            "ends_at": _wire(midnight + timedelta(days=self.until_day)),
        }


def _wire(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


PROMOTIONS: tuple[Promotion, ...] = (
    Promotion(
        code="HUTTE10",
        title="Hut season: 10 % off base layers",
        discount_bp=1_000,
        segments=("apparel/base-layers",),
        channels=("web-de", "web-uk"),
        from_day=-30,
        until_day=-16,
        enabled=True,
    ),
    Promotion(
        code="TRAIL15",
        title="Trail weeks: 15 % off backpacks",
        discount_bp=1_500,
        segments=("outdoor-gear/backpacks",),
        channels=("web-de",),
        from_day=-5,
        until_day=9,
        enabled=True,
    ),
    Promotion(
        code="FIRST-FROST",
        title="First frost: 12 % off sleeping bags",
        discount_bp=1_200,
        segments=("outdoor-gear/sleeping-bags",),
        channels=("web-de", "web-uk", "marketplace"),
        from_day=3,
        until_day=17,
        enabled=False,
    ),
)
