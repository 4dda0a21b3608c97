"""docs/policy.md says of the rules what the code says."""

from pathlib import Path

import pytest

from orchestr.policy.rules import RULES
from orchestr.rulebook.table import BEGIN, END, LAW, effects_of, rules_in_markdown, with_rules

PAGE = Path(__file__).parents[2] / "docs" / "policy.md"


def test_the_committed_rules_are_those_of_the_code() -> None:
    page = PAGE.read_text()
    assert page == with_rules(page), "Run bin/rules."


def test_every_rule_stands_there_with_every_parameter() -> None:
    written = rules_in_markdown()
    for rule in RULES.values():
        assert f"(`{rule.name}`)" in written
        assert effects_of(rule), rule.name


def test_effects_are_those_at_the_defaults() -> None:
    assert effects_of(RULES["price_change"]) == ["single", "dual", "refuse"]
    assert effects_of(RULES["copy_given"]) == ["info", "single", "refuse"]
    assert effects_of(RULES["reversibility"]) == ["single", "dual"]


def test_a_law_is_named_of_rules_that_exist() -> None:
    assert set(LAW) <= set(RULES)


def test_the_page_says_that_it_is_no_legal_advice() -> None:
    assert "This is no legal advice." in PAGE.read_text()


def test_a_page_without_a_place_for_them_is_refused() -> None:
    with pytest.raises(ValueError, match="no place"):
        with_rules(f"{END} {BEGIN}")


def test_what_stands_around_the_rules_is_kept() -> None:
    page = with_rules(f"before\n{BEGIN} ¤ {END}\nafter")
    assert page.startswith("before\n")
    assert page.endswith("\nafter")
    assert "¤" not in page
