"""What systems say differently of the values a plan changes and of those its evidence was read from."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from orchestr.catalogue.classes import class_of
from orchestr.policy.facts.disagreement import DisagreementFacts, SaidFacts
from orchestr.policy.facts.item import read_value
from orchestr.policy.findings import Measure
from orchestr.policy.values import Json, Money
from orchestr.proposals.facts.brought import Brought
from orchestr.proposals.submitting.touches import spot_of

LONGEST = 80  # of a text that a finding repeats, in characters


class Place(NamedTuple):
    """One field address of one thing, whichever system speaks of it."""

    type: str
    key: str
    field: str
    address_key: str


class Word(NamedTuple):
    """What one system says there, and when it was observed, in whole seconds since 1970 UTC."""

    system: str
    value: Json
    observed_at: int


type Words = Mapping[Place, Sequence[Word]]


def place_of(change: Mapping[str, Json]) -> Place:
    type, key, _, field, address_key = spot_of(change)
    return Place(type, key, field, address_key)


def places_of(plan: Iterable[Mapping[str, Json]], evidence: Iterable[Brought]) -> set[Place]:
    """Every value that is changed, and every one of the catalogue that was brought."""
    read = {Place(row.type, row.key, row.field, row.address_key) for row in evidence if row.type and row.key}
    return read | {place_of(change) for change in plan}


def at_odds(words: Words) -> dict[Place, Sequence[Word]]:
    """Those of which not every system says the same. One system alone agrees with itself."""
    return {place: said for place, said in words.items() if any(each.value != said[0].value for each in said)}


def disagreements(
    plan: Sequence[Mapping[str, Json]], evidence: Sequence[Brought], odds: Words, *, ours: bool
) -> tuple[DisagreementFacts, ...]:
    """As facts of this plan. Cost and personal values stay out of them, long texts are cut.

    `ours`: the plan may be half written, which is no disagreement: a system that says what its change leads to
    counts as if it still said what it said before.
    """
    if not odds:
        return ()
    items: dict[Place, set[int]] = defaultdict(set)
    for change in plan:
        items[place_of(change)].add(change["index"])
    if ours:
        odds = at_odds(_as_before(plan, odds))
    return tuple(
        _fact(place, odds[place], items.get(place, set())) for place in sorted(odds.keys() & places_of(plan, evidence))
    )


def _as_before(plan: Iterable[Mapping[str, Json]], odds: Words) -> Words:
    changes = {(place_of(change), change["system"]): change for change in plan}
    found: dict[Place, list[Word]] = {}
    for place, said in odds.items():
        found[place] = []
        for word in said:
            change = changes.get((place, word.system))
            written = change is not None and word.value == change["after"]
            found[place].append(word._replace(value=change["before"]) if change is not None and written else word)
    return found


def _fact(place: Place, said: Sequence[Word], items: Iterable[int]) -> DisagreementFacts:
    withheld = class_of(place.type, place.field) or ""
    return DisagreementFacts(
        thing=place.key,
        field=place.field,
        said=tuple(
            SaidFacts(
                system=each.system,
                observed_at=each.observed_at,
                value=None if withheld else _told(each.value),
            )
            for each in sorted(said, key=lambda each: each.system)
        ),
        items=tuple(sorted(items)),
        withheld=withheld,
    )


def _told(value: Json) -> Measure:
    """A value short enough for a sentence; None for one that has parts, which the thing's own page shows."""
    if isinstance(value, str):
        return value if len(value) <= LONGEST else value[: LONGEST - 1] + "…"
    known = read_value("money", value)
    return known if isinstance(known, Money | int) else None
