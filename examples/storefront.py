"""Storefront assembly: a collection opens with what sells and can be delivered; what is sold out comes last."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from examples.desk import Desk, Idea, main
from orchestr.client import Change, Resource

KEY = "storefront"
CHANNELS = ("web-de", "web-uk", "marketplace")
FEW = 6  # units of all its variants: not enough to open a collection with


def round_(desk: Desk) -> None:
    """The collection that is most out of order."""
    shelf = Shelf(desk.door.resources(type="variant", limit=200), desk.door.resources(type="stock", limit=200))
    collections = list(desk.door.resources(type="collection", limit=200))
    desk.propose([idea for channel in CHANNELS for idea in arrangements(collections, shelf, channel)])


class Shelf:
    """What each product sold, what is left of it, and what it is called, by slug."""

    def __init__(self, variants: Iterable[Resource], stocks: Iterable[Resource]) -> None:
        self.units: dict[str, int] = defaultdict(int)
        self.left: dict[str, int] = defaultdict(int)
        self.names: dict[str, str] = {}
        left = {
            each.sku: sum(f.value for f in each.fields if isinstance(f.value, int) and f.source_of_truth)
            for each in stocks
        }
        for variant in variants:
            slug = slug_of(variant)
            self.names[slug] = name_of(variant)
            self.units[slug] += variant.units_7d or 0
            self.left[slug] += left.get(variant.sku, 0)


def name_of(variant: Resource) -> str:
    """A variant is titled `Product, option`."""
    return variant.title.partition(",")[0]


def slug_of(variant: Resource) -> str:
    """A product's slug is its name in lower case."""
    return name_of(variant).lower().replace("æ", "ae").replace(" ", "-")


def arrangements(collections: Iterable[Resource], shelf: Shelf, channel: str) -> Iterator[Idea]:
    """For each collection whose order is another than it should be; the farthest off first."""
    found = []
    for collection in collections:
        fields = {
            each.name: each for each in collection.fields if each.address.get("channel") == channel and each.writable
        }
        if fields.keys() < {"order", "layout"}:
            continue
        stands = list(fields["order"].value["products"])
        wanted = sorted(stands, key=lambda slug: (shelf.left[slug] < FEW, -shelf.units[slug], stands.index(slug)))
        moved = sum(abs(stands.index(slug) - place) for place, slug in enumerate(wanted))
        if not moved:
            continue
        changes: list[Change] = [fields["order"].change({"products": wanted})]
        layout = fields["layout"]
        if layout.value["hero"] != wanted[0] and shelf.left[wanted[0]] >= FEW:
            changes.append(layout.change({**layout.value, "hero": wanted[0]}))
        found.append((moved, collection, wanted[0], tuple(changes)))
    for moved, collection, first, wanted_changes in sorted(found, key=lambda each: (-each[0], each[1].id)):
        name = shelf.names.get(first, first)
        yield Idea(
            summary=f"{collection.title} on {channel}: open with {name}, order by what sells.",
            rationale=f"{name} sold {shelf.units[first]} in seven days and {shelf.left[first]} are "
            f"left. All in all the products are {moved} places away from that order; what is nearly sold out goes last.",
            confidence=0.88,
            changes=wanted_changes,
            atomicity="all_or_compensate",
            objectives={"conversion": "up"},
        )


if __name__ == "__main__":
    main(round_, KEY)
