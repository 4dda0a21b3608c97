import ast
from pathlib import Path

import pytest

from orchestr.policy import rules
from orchestr.policy.default import default_policy
from orchestr.policy.evaluate import evaluate
from orchestr.policy.facts.proposal import FreezeFacts
from orchestr.policy.findings import EFFECTS, Finding
from orchestr.policy.values import Money
from orchestr.policy.words import findings as words
from tests.policy.cases import copy, facts, found, price, promotion, stock

FOLDER = Path(rules.__file__).parent


def written_codes():
    """Every text in the rules and in evaluate that stands where a code does."""
    texts = set()
    for path in [*FOLDER.glob("*.py"), FOLDER.parent / "evaluate.py", FOLDER.parent / "bounds.py"]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "add":
                texts |= literals(node.args[0]) if node.args else set()
            if isinstance(node, ast.keyword) and node.arg == "code":
                texts |= literals(node.value)
            if isinstance(node, ast.For) and isinstance(node.target, ast.Tuple) and isinstance(node.iter, ast.Tuple):
                named = [getattr(one, "id", "") for one in node.target.elts]
                texts |= {row.elts[named.index("code")].value for row in node.iter.elts} if "code" in named else set()
            if isinstance(node, ast.Assign) and any(getattr(one, "id", "") == "code" for one in node.targets):
                texts |= literals(node.value)
    return texts


def literals(node):
    if isinstance(node, ast.IfExp):
        return literals(node.body) | literals(node.orelse)
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def claims():
    kinds = ("health", "legal", "guarantee", "environment", "availability", "price")
    return {f"{how}_{kind}" for how in ("claim", "evidenced") for kind in kinds}


def fallbacks():
    return {f"fallback_{each}" for each in ("hold", "narrow", "raise_tier")}


def test_every_code_has_a_sentence_and_every_sentence_a_code():
    assert written_codes() | claims() | fallbacks() == {name.partition(".")[0] for name in words.TEMPLATES}


def test_every_effect_has_words():
    assert set(words.EFFECT_WORDS) == set(EFFECTS)


def test_every_finding_of_a_bad_day_can_be_said():
    bad = facts(
        price(1_000, minimum_price=Money(9_000, "EUR"), day_start=Money(20_000, "EUR"), stock=10**6),
        price(Money(1, "GBP"), index=1, reversibility="irreversible", guarantee="none"),
        stock(-5, index=2, location="x", reversibility="compensate"),
        promotion({"discount_bp": 9_000}, index=3),
        copy("Guaranteed \u200b, heals, 9 €", index=4, evidence=()),
        copy("x", index=5, field_class="unknown", live="y", guarantee="read_compare"),
        confidence_bp=100,
        evidence=(),
        freezes=(FreezeFacts(kind="all"),),
    )
    verdict = evaluate(bad, default_policy())
    assert len(verdict.findings) > 20
    for finding in verdict.findings:
        sentence = words.say(finding)
        assert sentence.endswith(".")
        assert "{" not in sentence


def test_says_value_and_threshold_plainly():
    (finding,) = found("price_change", facts(price(8_750)))
    assert words.say(finding) == "A price moves by −12.5 %, which is more than 10 %."


def test_translates_the_sentence_before_filling_it():
    (finding,) = found("price_change", facts(price(8_000)))
    german = {words.TEMPLATES["price_change"]: "Ein Preis bewegt sich um {value}, mehr als {threshold}."}
    assert words.say(finding, translate=german.__getitem__) == "Ein Preis bewegt sich um −20 %, mehr als 10 %."


def test_measures_are_shown_as_the_reader_wants():
    (finding,) = found("price_change", facts(price(8_000)))
    assert words.say(finding, show=lambda measure, unit: f"<{measure} {unit}>").startswith(
        "A price moves by <-2000 bp>"
    )


def test_text_of_an_agent_is_filled_in_and_never_read_as_a_template():
    finding = Finding(rule="copy_claims", code="claim_price", effect="single", value="{threshold} {0}", unit="text")
    assert words.say(finding) == "Copy says something about prices: “{threshold} {0}”."


@pytest.mark.parametrize(
    ("measure", "unit", "shown"),
    [
        (None, "", "–"),
        (-500, "bp", "−5 %"),
        (1_005, "bp", "10.05 %"),
        (0, "bp", "0 %"),
        (Money(1_990, "EUR"), "money", "19.90 EUR"),
        (Money(-5, "EUR"), "money", "−0.05 EUR"),
        (Money(1_990, "JPY", 0), "money", "1990 JPY"),
        (0, "seconds", "0 s"),
        (-59, "seconds", "−59 s"),
        (-61, "seconds", "−1 min 1 s"),
        (59, "seconds", "59 s"),
        (61, "seconds", "1 min 1 s"),
        (3_600, "seconds", "1 h"),
        (5_400, "seconds", "1 h 30 min"),
        (90_000, "seconds", "1 d 1 h"),
        (-12, "units", "−12"),
        ("leeds", "text", "leeds"),
    ],
)
def test_plain_measures(measure, unit, shown):
    assert words.plain(measure, unit) == shown


def test_several_parts_are_told_one_after_another():
    finding = Finding(
        rule="deciders",
        code="nobody_can_decide",
        effect="refuse",
        value=1,
        threshold=2,
        params={"functions": ["finance", "legal"]},
    )
    assert words.say(finding) == "1 eligible persons cannot decide this; it needs 2 (finance, legal)."
