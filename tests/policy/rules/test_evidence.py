from dataclasses import replace

import pytest

from tests.policy.cases import AT, OBSERVED, codes, copy, definition, facts, found, price, promotion, stock

LONG = replace(OBSERVED, expires_at=AT + 10**6)


@pytest.mark.parametrize(
    ("item", "limit"), [(price(9_500), 3_600), (stock(101), 900), (copy("x"), 86_400), (promotion(None), 3_600)]
)
@pytest.mark.parametrize("beyond", [-1, 0, 1])
def test_each_class_has_its_age_limit(item, limit, beyond):
    old = replace(LONG, observed_at=AT - limit - beyond)
    effect = "single" if item.field_class == "copy" else "dual"
    wanted = [("evidence_stale", effect)] if beyond > 0 else []
    assert codes("evidence", facts(item, evidence=(old,))) == wanted


@pytest.mark.parametrize(("left", "stale"), [(1, False), (0, False), (-1, True)])
def test_its_own_expiry_counts_where_it_is_sooner(left, stale):
    brought = replace(OBSERVED, expires_at=AT + left)
    assert codes("evidence", facts(price(9_500), evidence=(brought,))) == (
        [("evidence_stale", "dual")] if stale else []
    )


def test_what_is_within_the_skew_and_expired_is_stale_and_not_from_the_future():
    brought = replace(OBSERVED, observed_at=AT + 60, expires_at=AT - 1)
    assert codes("evidence", facts(price(9_500), evidence=(brought,))) == [("evidence_stale", "dual")]


@pytest.mark.parametrize(("ahead", "wrong"), [(59, False), (60, False), (61, True)])
def test_evidence_from_the_future_is_not_fresh(ahead, wrong):
    brought = replace(LONG, observed_at=AT + ahead)
    wanted = [("evidence_from_the_future", "dual")] if wrong else []
    assert codes("evidence", facts(price(9_500), evidence=(brought,))) == wanted


def test_says_age_and_limit():
    (finding,) = found("evidence", facts(price(9_500), evidence=(replace(LONG, observed_at=AT - 4_000),)))
    assert (finding.value, finding.threshold, finding.unit) == (4_000, 3_600, "seconds")
    assert finding.functions == ("merchandising", "finance")


def test_says_the_age_of_the_newest_piece_of_the_oldest_item():
    ages = {"a": 4_000, "b": 9_000, "c": 5_000}
    rows = tuple(replace(LONG, id=name, observed_at=AT - age) for name, age in ages.items())
    items = (price(9_500, evidence=("a", "b")), price(9_500, index=1, evidence=("b", "c")))
    (finding,) = found("evidence", facts(*items, evidence=rows))
    assert (finding.worst, finding.value) == (1, 5_000)


def test_evidence_of_an_unknown_kind_of_change_is_no_matter_of_age():
    assert found("evidence", facts(copy("x", field_class="unknown"))) == []


@pytest.mark.parametrize("item", [price(9_500), stock(101), promotion(None, before=definition())])
def test_a_claim_never_counts_as_observed(item):
    claimed = replace(OBSERVED, kind="claimed")
    (finding,) = found("evidence", facts(item, evidence=(claimed,)))
    assert (finding.code, finding.effect, finding.functions) == (
        "evidence_claimed_only",
        "dual",
        ("merchandising", "finance"),
    )


def test_for_copy_a_claim_will_do():
    assert found("evidence", facts(copy("x"), evidence=(replace(OBSERVED, kind="claimed"),))) == []


def test_no_evidence_is_said():
    assert codes("evidence", facts(price(9_500, evidence=()), copy("x", index=1, evidence=()))) == [
        ("evidence_missing", "dual"),
        ("evidence_missing", "single"),
    ]


def test_evidence_for_another_value_does_not_count():
    assert codes("evidence", facts(price(9_500, evidence=("other",)))) == [("evidence_missing", "dual")]


def test_one_fresh_piece_among_stale_ones_is_enough():
    old = replace(LONG, id="e0", observed_at=AT - 10**5)
    assert found("evidence", facts(price(9_500, evidence=("e0", "e1")), evidence=(old, OBSERVED))) == []


def test_something_new_rests_on_what_was_read_for_it_elsewhere():
    assert found("evidence", facts(promotion(definition(), evidence=()))) == []
    assert codes("evidence", facts(promotion(definition(), evidence=()), evidence=())) == [("evidence_missing", "dual")]


def test_effects_made_equal_lose_no_function():
    about = facts(copy("x", evidence=()), price(9_500, index=1, evidence=()))
    (finding,) = found("evidence", about, copy_effect="dual")
    assert (finding.items, finding.functions) == ((0, 1), ("finance", "merchandising"))
