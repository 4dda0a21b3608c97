"""The slices of the catalogue: two top segments, six leaves, and how shoppers of each react to price."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A leaf has `code` (in SKUs), a price elasticity and a usual demand per SKU and day; a top segment has none."""

    key: str
    name: str
    parent: str | None = None
    code: str = ""
    elasticity: float = 0.0
    units_per_day: float = 0.0


SEGMENTS: tuple[Segment, ...] = (
    Segment(key="apparel", name="Apparel"),
    Segment(key="outdoor-gear", name="Outdoor gear"),
    Segment(key="apparel/jackets", name="Jackets", parent="apparel", code="JKT", elasticity=1.8, units_per_day=4.0),
    Segment(
        key="apparel/base-layers", name="Base layers", parent="apparel", code="BAS", elasticity=1.3, units_per_day=9.0
    ),
    Segment(key="apparel/fleece", name="Fleece", parent="apparel", code="FLC", elasticity=1.6, units_per_day=6.0),
    Segment(
        key="outdoor-gear/tents", name="Tents", parent="outdoor-gear", code="TNT", elasticity=2.2, units_per_day=1.5
    ),
    Segment(
        key="outdoor-gear/backpacks",
        name="Backpacks",
        parent="outdoor-gear",
        code="PCK",
        elasticity=1.9,
        units_per_day=3.0,
    ),
    Segment(
        key="outdoor-gear/sleeping-bags",
        name="Sleeping bags",
        parent="outdoor-gear",
        code="BAG",
        elasticity=2.0,
        units_per_day=2.0,
    ),
)
SEGMENT: dict[str, Segment] = {segment.key: segment for segment in SEGMENTS}
LEAVES: tuple[Segment, ...] = tuple(segment for segment in SEGMENTS if segment.parent is not None)
