import pytest

from orchestr.policy.facts.proposal import ExposureFacts
from orchestr.policy.rules.blast_radius import reach
from tests.policy.cases import codes, copy, facts, found

CELL = {"segment": "apparel/jackets", "channel": "web-de"}


@pytest.mark.parametrize(
    ("standing", "effect"),
    [
        (48, None),
        (49, None),
        (50, "single"),
        (198, "single"),
        (199, "single"),
        (200, "dual"),
        (998, "dual"),
        (999, "dual"),
        (1_000, "refuse"),
    ],
)
def test_what_stands_already_counts_with_this(standing, effect):
    about = facts(
        copy("x"), exposure=(ExposureFacts(**CELL, pending=standing // 2, live_24h=standing - standing // 2),)
    )
    assert codes("blast_radius", about) == ([("blast_radius", effect)] if effect else [])


def test_says_what_the_count_is_made_of():
    about = facts(copy("x"), copy("y", index=1), exposure=(ExposureFacts(**CELL, pending=40, live_24h=10),))
    (finding,) = found("blast_radius", about)
    assert finding.params == {**CELL, "own": 2, "pending": 40, "live_24h": 10}
    assert (finding.value, finding.threshold, finding.items) == (52, 50, (0, 1))


def test_another_channel_is_another_count():
    other = ExposureFacts(segment="apparel/jackets", channel="web-uk", pending=5_000, live_24h=0)
    assert found("blast_radius", facts(copy("x"), exposure=(other,))) == []


def test_a_value_written_to_two_systems_reaches_once():
    items = (copy("x"), copy("x", index=1, id="jacket-0", system="pim"))
    assert reach(items) == {("apparel/jackets", "web-de"): [0]}


def test_an_item_in_two_segments_reaches_both():
    assert reach((copy("x", segments=("a", "b")),)) == {("a", "web-de"): [0], ("b", "web-de"): [0]}


def test_without_a_refusing_limit_it_stays_with_two():
    about = facts(copy("x"), exposure=(ExposureFacts(**CELL, pending=5_000, live_24h=0),))
    assert codes("blast_radius", about, refuse_over_items=None) == [("blast_radius", "dual")]


@pytest.mark.parametrize(("count", "effect"), [(49, None), (50, None), (51, "single")])
def test_where_nothing_stands_yet_only_its_own_items_count(count, effect):
    about = facts(*(copy("x", index=index) for index in range(count)))
    assert codes("blast_radius", about) == ([("blast_radius", effect)] if effect else [])


@pytest.mark.parametrize(("standing", "functions"), [(50, ()), (200, ("merchandising",)), (1_000, ("merchandising",))])
def test_one_person_may_be_anybody_and_two_are_named(standing, functions):
    about = facts(copy("x"), exposure=(ExposureFacts(**CELL, pending=standing, live_24h=0),))
    (finding,) = found("blast_radius", about)
    assert finding.functions == functions
