import pytest

from orchestr.policy.facts.disagreement import DisagreementFacts, SaidFacts
from orchestr.policy.words.findings import say
from tests.policy.cases import AT, codes, copy, eur, facts, found, price, stock
from tests.policy.surroundings import around

SHOP = SaidFacts(system="demo-shop", observed_at=AT - 120, value=eur(9_900))
ERP = SaidFacts(system="demo-erp", observed_at=AT - 10_800, value=eur(9_500))


def odds(*items: int, **parts) -> DisagreementFacts:
    return DisagreementFacts(**{"thing": "SKU-0", "field": "price", "said": (SHOP, ERP), "items": items, **parts})


@pytest.mark.parametrize(("item", "effect"), [(price(9_000), "dual"), (stock(90), "dual"), (copy("x"), "single")])
def test_a_changed_value_that_systems_disagree_about_needs_people(item, effect):
    assert codes("systems_disagree", around(item, disagreements=(odds(0),))) == [("systems_disagree", effect)]


def test_evidence_that_systems_disagree_about_concerns_every_change():
    about = around(price(9_000), copy("x", index=1), disagreements=(odds(),))
    assert codes("systems_disagree", about) == [("evidence_disagrees", "dual"), ("evidence_disagrees", "single")]
    assert codes("systems_disagree", about, evidence_effect="info", copy_effect="info") == [
        ("evidence_disagrees", "info")
    ]


def test_where_nobody_disagrees_nothing_follows():
    assert found("systems_disagree", facts(price(9_000))) == []
    assert found("systems_disagree", around(price(9_000))) == []


def test_only_items_that_are_there_are_concerned():
    """Facts may speak of more: where one asks what follows without some items, theirs are left in place."""
    assert found("systems_disagree", around(price(9_000), disagreements=(odds(1),))) == []
    (finding,) = found("systems_disagree", around(price(9_000), disagreements=(odds(0, 1),)))
    assert finding.items == (0,)


def test_the_finding_names_field_systems_values_and_their_ages():
    (finding,) = found("systems_disagree", around(price(9_000), disagreements=(odds(0),)), functions=("finance",))
    assert finding.functions == ("finance",)
    assert say(finding) == (
        "The systems disagree about price of SKU-0: demo-erp 95.00 EUR (3 h), demo-shop 99.00 EUR (2 min)."
    )


def test_a_value_that_not_everybody_may_read_is_not_told():
    said = (SHOP, ERP)
    (finding,) = found(
        "systems_disagree", around(price(9_000), disagreements=(odds(field="cost", withheld="cost", said=said),))
    )
    assert say(finding) == (
        "The systems disagree about cost of SKU-0, which is brought as evidence: demo-erp (3 h), demo-shop (2 min)."
    )
    assert "9500" not in str(finding.to_wire())


def test_a_clock_ahead_of_ours_makes_no_age_below_nothing():
    said = (SHOP, SaidFacts(system="demo-erp", observed_at=AT + 30, value=True))
    (finding,) = found("systems_disagree", around(price(9_000), disagreements=(odds(0, said=said),)))
    assert [word["age_s"] for word in finding.params["said"]] == [0, 120]
