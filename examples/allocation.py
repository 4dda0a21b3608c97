"""Inventory allocation and catalogue completeness: stock goes to where it is bought, and texts say what the goods are.

Both are thought from what the catalogue says alone. A transfer is two changes that are one thing: neither place may be
short of what the other has.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from examples.desk import Desk, Idea, counted, main
from orchestr.client import Change, Field, Resource

KEY = "allocator"
MOST_ITEMS = 4
FRONT = {"hamburg": ("web-de", "marketplace"), "leeds": ("web-uk",)}  # what is sent from where first
RESERVE = "oslo"
SHORT_DAYS, LASTS_DAYS = 21, 35
KEPT, LEAST_MOVED = 2, 3  # units
MOST_UNITS_7D = 30  # What sells faster has moved before anybody has said yes.
SENTENCES = {
    "en": {"material": "Made of {}.", "care": "Care: {}.", "season": "Season: {}."},
    "de": {"material": "Material: {}.", "care": "Pflege: {}.", "season": "Saison: {}."},
}


def round_(desk: Desk) -> None:
    """One transfer, and one batch of texts."""
    sold = {each.sku: each.units_7d_by_channel for each in desk.door.resources(type="variant", limit=200)}
    desk.propose(transfers(desk.door.resources(type="stock", limit=200), sold))
    desk.propose(completions(desk.door.resources(type="product", limit=200)))


def transfers(stocks: Iterable[Resource], sold: dict[str, Mapping[str, int]]) -> Iterator[Idea]:
    """What will be gone first, a transfer each: the reserve fills up the place that is bought from."""
    short = []
    for stock in stocks:
        counts = _counts(stock)
        reserve = counts.get(RESERVE)
        for location, channels in FRONT.items():
            place = counts.get(location)
            units = sum(sold.get(stock.sku, {}).get(channel, 0) for channel in channels)
            if place is None or reserve is None or not 0 < units <= MOST_UNITS_7D:
                continue
            days, wanted = place.value * 7 // units, units * LASTS_DAYS // 7 - place.value
            moved = min(wanted, reserve.value - KEPT)
            if days <= SHORT_DAYS and moved >= LEAST_MOVED:
                short.append((days, stock, place, reserve, units, moved))
    for days, stock, place, reserve, units, moved in sorted(short, key=lambda each: (each[0], each[1].id)):
        there = str(place.address["location"]).title()
        yield Idea(
            summary=f"Move {moved} of {stock.title} from {RESERVE.title()} to {there}.",
            rationale=f"{there} sold {units} in seven days and has {place.value}: that lasts {days} days. "
            f"{RESERVE.title()} holds {reserve.value} that hardly anybody buys from there; with {moved} more it lasts {LASTS_DAYS}.",
            confidence=0.84,
            changes=(reserve.change(reserve.value - moved), place.change(place.value + moved)),
            atomicity="all_or_compensate",
            objectives={"availability": "up"},
        )


def completions(products: Iterable[Resource]) -> Iterator[Idea]:
    """Descriptions that leave out what the facts say get a sentence for it, a few products of one segment at a time."""
    by_segment: dict[str, list[Change]] = defaultdict(list)
    for product in products:
        for change in _completed(product):
            by_segment[product.segments[0] if product.segments else ""].append(change)
    for segment, changes in sorted(by_segment.items(), key=lambda each: (-len(each[1]), each[0])):
        yield _completion(segment, len(changes), tuple(changes[:MOST_ITEMS]))


def _completion(segment: str, lacking: int, taken: tuple[Change, ...]) -> Idea:
    return Idea(
        summary=f"Complete {counted(len(taken), 'description')} in {segment.rpartition('/')[2].replace('-', ' ')} from their facts.",
        rationale=f"Of this segment {counted(lacking, 'description')} left out what the product data say. "
        "Each of these gets one plain sentence; nothing is promised.",
        confidence=0.92,
        changes=taken,
        objectives={"completeness": "up"},
        of_these=lambda kept: _completion(segment, lacking, kept),
    )


def _completed(product: Resource) -> Iterator[Change]:
    facts = {each.address["locale"]: each.value for each in product.fields if each.name == "facts"}
    for described in (each for each in product.fields if each.name == "description" and each.writable):
        locale = str(described.address["locale"])
        told = facts.get(locale) or {}
        for fact, sentence in SENTENCES.get(locale, {}).items():
            if fact in told and str(told[fact]).lower() not in str(described.value).lower():
                yield described.change(f"{described.value} {sentence.format(told[fact])}")
                break  # One at a time: what a reader should look at stays short.


def _counts(stock: Resource) -> dict[str, Field]:
    """What is counted where."""
    there = [each for each in stock.fields if each.name == "on_hand" and each.writable and each.source_of_truth]
    return {str(each.address["location"]): each for each in there if isinstance(each.value, int)}


if __name__ == "__main__":
    main(round_, KEY)
