"""What a finding says to a stranger: names instead of keys, numbers with their unit, limits told exactly."""

import re
from typing import Any

import pytest

from orchestr.policy.findings import Finding
from orchestr.policy.words.findings import TEMPLATES
from reviews.words.findings import KEYS, NAMED, finding_message, layer_words, measure, names_for, with_unit
from tests import make


def finding(code: str, rule: str = "blast_radius", **parts: Any) -> Finding:
    return Finding(**{"rule": rule, "code": code, "effect": "dual", **parts})


@pytest.fixture
def named(house: make.House) -> make.House:
    """The same company, with names that are not its keys."""
    for row, name in ((house.de, "Germany"), (house.uk, "Britain"), (house.shop, "Our shop"), (house.jackets, "Coats")):
        row.name = name
        row.save(update_fields=["name"])
    return house


def said(given: Finding) -> str:
    return finding_message(given, names_for([given]), sees_cost=True)


def test_a_segment_and_a_channel_are_told_by_name(named: make.House) -> None:
    given = finding(
        "blast_radius",
        value=240,
        threshold=200,
        unit="items",
        params={"segment": "apparel/jackets", "channel": "web-de"},
    )
    assert f"items of the segment {named.jackets.name} on the channel {named.de.name} move at once" in said(given)
    assert "apparel/jackets" not in said(given)
    assert "web-de" not in said(given)


def test_systems_that_disagree_are_told_by_name_with_value_and_age(named: make.House) -> None:
    words = [
        {"system": "erp", "age_s": 10_800, "value": make.money(18_900)},
        {"system": "shop", "age_s": 120, "value": make.money(20_000)},
    ]
    given = finding("systems_disagree", params={"thing": "JKT-1", "field": "price", "said": words})
    told = said(given)
    assert "disagree about Price of JKT-1" in told
    assert "189.00" in told.replace(",", ".")
    assert "Our shop says" in told
    assert "observed 2 min ago" in told


def test_a_value_that_is_withheld_is_not_told(named: make.House) -> None:
    words = [{"system": "erp", "age_s": 60}, {"system": "shop", "age_s": 120}]
    given = finding("evidence_disagrees", params={"thing": "JKT-1", "field": "cost", "said": words})
    assert "Our shop, observed 2 min ago" in said(given)
    assert "says" not in said(given)


@pytest.mark.parametrize(
    ("code", "parts", "words"),
    [
        ("agent_items", {"value": 12, "threshold": 10, "params": {"key": "repricer", "hours": 24}}, "the agent Repricer"),
        ("many_agents", {"value": "repricer", "unit": "text"}, "The agent Repricer has changed"),
        ("outside_hours", {"value": "web-de", "unit": "text"}, "of the site {de}."),
        ("source_not_allowed", {"value": "shop", "unit": "text"}, "comes from {shop},"),
        ("frozen", {"value": "all", "unit": "text"}, "There is a freeze on everything;"),
        ("frozen", {"value": "workflow:clearance", "unit": "text"}, "a freeze on the workflow {workflow};"),
        ("frozen", {"value": "connector:shop", "unit": "text"}, "a freeze on the system {shop};"),
        ("money_mismatch", {"params": {"part": "tax"}}, "(one is with tax, the other without)"),
        ("prior_price_exempt", {"params": {"sku": "JKT-1", "exception": "perishable"}}, "(goods that perish)."),
        ("hidden_characters", {"params": {"character": "U+200B"}}, "(U+200B zero width space)"),
        ("nobody_can_decide", {"value": 1, "threshold": 2, "params": {"functions": ["legal"]}}, "needs 2 (Legal)"),
        ("locked_reprice", {"value": "2026-10-05 08:00 UTC", "unit": "text"}, "until 2026-10-05 "),
        ("price_high", {"value": -1_200, "threshold": 1_000, "unit": "bp", "params": {"layer": "site:web-de"}}, "of the layer site {de}."),
        ("copy_over_length", {"value": 9, "threshold": 5, "params": {"field": "title", "channel": "*"}}, "The field Title is 9 characters long; it may hold 5 on any channel."),
        ("character_forbidden", {"value": "U+0009", "params": {"channel": "*"}}, "that no channel takes (U+0009)"),
    ],
)  # fmt: skip
def test_nothing_is_told_by_its_key(named: make.House, code: str, parts: dict[str, Any], words: str) -> None:
    known = {"de": named.de.name, "shop": named.shop.name, "workflow": named.workflow.name}
    assert words.format(**known) in said(finding(code, **parts))


def test_what_is_gone_is_told_as_it_was_stored(named: make.House) -> None:
    assert "The agent gone has changed" in said(finding("many_agents", value="gone", unit="text"))


def test_an_exempt_reduction_is_not_said_to_have_an_exception_of_ours(named: make.House) -> None:
    exempt = finding("prior_price_exempt", params={"sku": "JKT-1", "exception": "new_arrival"})
    assert "exception covers" not in said(exempt)
    covered = finding("price_below_band", params={"exception": "1", "exception_until": 9})
    assert "An exception covers this for now" in said(covered)


def test_all_names_cost_one_statement(named: make.House, django_assert_num_queries: Any) -> None:
    given = [
        finding("blast_radius", params={"segment": "apparel/jackets", "channel": "web-de"}),
        finding("many_agents", value="repricer", unit="text"),
        finding("frozen", value="workflow:clearance", unit="text"),
        finding("source_not_allowed", value="shop", unit="text"),
    ]
    with django_assert_num_queries(1):
        names = names_for(given)
    assert {kind for kind, _ in names.known} == {*NAMED}
    with django_assert_num_queries(0):
        names_for([finding("price_day", value=1, threshold=0, unit="bp")])


def test_a_value_just_beyond_its_limit_is_not_told_as_equal_to_it() -> None:
    assert [measure(value, "bp") for value in (-1_000, -1_001, 1_050, 1_234)] == [
        "−10.0%", "−10.01%", "10.5%", "12.34%",
    ]  # fmt: skip
    hour, day = 3_600, 86_400
    assert measure(12 * day, "seconds") == "12 days"
    assert measure(12 * day + 3 * hour, "seconds") == "12 days 3 h"
    assert measure(60, "seconds") == "1 min"
    assert measure(61, "seconds") == "1 min 1 s"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (finding("stock_change", unit="units"), "−25 units"),
        (finding("message_audience", unit="persons"), "−25 customers"),
        (finding("track_too_new", unit="items"), "−25 settled proposals"),
        (finding("copy_over_length", unit="items"), "−25 characters"),
        (finding("many_systems", unit="items"), "−25 systems"),
        (finding("message_frequency", unit="items"), "−25 messages"),
        (finding("promotions_at_once", unit="items"), "−25 promotions"),
        (finding("nobody_can_decide", unit="persons"), "−25 persons"),
        (finding("agent_items", unit="items"), "−25 items"),
        (finding("price_day", unit="bp"), "−0.25%"),
    ],
)
def test_a_number_that_stands_alone_has_its_unit(given: Finding, words: str) -> None:
    assert with_unit(given)(-25, given.unit) == words


def test_every_gap_that_is_named_is_one_of_its_sentence() -> None:
    for code, gaps in KEYS.items():
        holes = set(re.findall(r"{(\w+)}", TEMPLATES[code]))
        assert set(gaps) <= holes, code
        assert set(gaps.values()) <= set(NAMED), code


def test_every_gap_that_could_hold_a_key_is_named() -> None:
    """A sentence that speaks of one of these by a gap has it filled with a name."""
    spoken = re.compile(r"(?:segment|channel|agent|site|workflow) {(\w+)}")
    for code, sentence in TEMPLATES.items():
        for gap in spoken.findall(sentence):
            assert gap in KEYS.get(code, {}), (code, gap)


def test_a_layer_is_told_by_name(named: make.House) -> None:
    given = finding("price_day", params={"layer": "site:web-uk, workflow:clearance"})
    assert layer_words("site:web-uk, workflow:clearance", names_for([given])) == (
        f"site {named.uk.name}, workflow {named.workflow.name}"
    )


def test_what_looks_at_cost_is_told_by_the_rule_s_title(named: make.House) -> None:
    hidden = finding("below_cost", rule="cost", value=-1, unit="bp", discloses="cost")
    assert finding_message(hidden, names_for([hidden]), sees_cost=False) == (
        "The rule “Never below cost” looks at cost, which your account does not see."
    )
