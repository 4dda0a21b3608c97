"""How the demo agents think, on plain catalogue answers."""

from typing import Any

from demo.agents import clearance, wording
from demo.agents.clearance import standings

ADDRESS = {"channel": "web-de", "currency": "EUR"}


def variant(id: str, amount: int, units: int) -> dict[str, Any]:
    price = {"amount": amount, "currency": "EUR", "exponent": 2, "tax": "included"}
    return {
        "id": id,
        "title": id,
        "segments": ["apparel/jackets"],
        "sales": {"by_channel": [{"channel": "web-de", "units_7d": units}]} if units else None,
        "fields": [{"field": "price", "address": ADDRESS, "value": price, "writable": True}],
    }


def test_takes_what_stands_longest_first() -> None:
    rows = standings([variant("A", 1000, 7), variant("B", 1000, 1)], {"A": 100, "B": 100}, "web-de")
    assert [row.id for row in rows] == ["B", "A"]
    assert [row.cover_days for row in rows] == [700, 100]


def test_cuts_slow_items_gently_and_dead_ones_firmly() -> None:
    rows = standings([variant("A", 1000, 7), variant("B", 1000, 1)], {"A": 100, "B": 100}, "web-de")
    gentle, firm = clearance.gentle(rows), clearance.firm(rows)
    assert gentle is not None
    assert firm is not None
    assert [(c["id"], c["after"]["amount"]) for c in gentle.changes] == [("A", 950)]
    assert [(c["id"], c["after"]["amount"]) for c in firm.changes] == [("B", 850)]


def test_what_policy_leaves_of_an_idea_is_told_by_its_own_count() -> None:
    rows = standings([variant("A", 1000, 1), variant("B", 1000, 1)], {"A": 100, "B": 100}, "web-de")
    firm = clearance.firm(rows)
    assert firm is not None
    assert firm.summary == "Lower 2 slow items by 15 %, to sell what stands."
    one = firm.only(firm.changes[1:])
    assert (one.summary, len(one.changes)) == ("Lower 1 slow item by 15 %, to sell what stands.", 1)
    assert "those of 700 days" in one.rationale
    assert (firm.predictions[0]["high"], one.predictions[0]["high"]) == (9, 6)


def test_a_lowered_price_is_always_lower() -> None:
    price = {"amount": 4, "currency": "EUR", "exponent": 2, "tax": "included"}
    assert clearance.lowered(price, 500)["amount"] < 4


def test_says_the_facts_where_a_text_is_thin_and_nothing_twice() -> None:
    facts = {"en": {"value": {"material": "wool", "weight_g": 200, "season": "winter", "care": "wash cold"}}}
    once = wording.improved("Warm  and soft.", "en", facts)
    assert once == "Warm and soft. Made of wool, 200 g. Season: winter. Care: wash cold."
    assert wording.improved(once, "en", facts) == once


def test_leaves_a_text_without_facts_alone() -> None:
    assert wording.improved("Warm and soft.", "en", {}) == "Warm and soft."
