"""The promotions Fjord & Field runs: one over, one on, one still off, relative to the day the shop opened."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from demo.catalogue.goods import goods
from orchestr.policy.values import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """A percentage off one segment on some channels, between two moments in days from the opening."""

    code: str
    title: str
    percent_bp: int
    segment: str
    channels: tuple[str, ...]
    from_day: int
    until_day: int
    enabled: bool

    def definition(self, *, opened: datetime, seed: int) -> dict[str, Json]:
        """The wire shape of `definition`: the SKUs by name, moments in RFC 3339 and UTC."""
        midnight = opened.replace(hour=0, minute=0, second=0, microsecond=0)
        return {
            "title": self.title,
            "percent_bp": self.percent_bp,
            "skus": sorted(variant.sku for variant in goods(seed).variants if variant.segment == self.segment),
            "starts_at": _wire(midnight + timedelta(days=self.from_day)),
            "ends_at": _wire(midnight + timedelta(days=self.until_day)),
        }


def _wire(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


PROMOTIONS: tuple[Promotion, ...] = (
    Promotion(
        code="HUTTE10",
        title="Hut season: 10 % off base layers",
        percent_bp=1_000,
        segment="apparel/base-layers",
        channels=("web-de", "web-uk"),
        from_day=-30,
        until_day=-16,
        enabled=True,
    ),
    Promotion(
        code="TRAIL15",
        title="Trail weeks: 15 % off backpacks",
        percent_bp=1_500,
        segment="outdoor-gear/backpacks",
        channels=("web-de",),
        from_day=-5,
        until_day=9,
        enabled=True,
    ),
    Promotion(
        code="FIRST-FROST",
        title="First frost: 12 % off sleeping bags",
        percent_bp=1_200,
        segment="outdoor-gear/sleeping-bags",
        channels=("web-de", "web-uk", "marketplace"),
        from_day=3,
        until_day=17,
        enabled=False,
    ),
)
