import pytest

from tests.policy.cases import codes, copy, facts, found, price

ASKED = ["info", "single", "dual", "refuse"]
LEAST = ["single", "single", "dual", "refuse"]


@pytest.mark.parametrize(("asked", "given"), list(zip(ASKED, LEAST, strict=True)))
def test_a_price_is_never_unattended_whatever_is_set(asked, given):
    assert codes("class_ceiling", facts(price(9_999)), price_effect=asked) == [("price_attended", given)]


@pytest.mark.parametrize(("asked", "given"), list(zip(ASKED, LEAST, strict=True)))
@pytest.mark.parametrize("parts", [{"field": "refund_amount"}, {"type": "refund", "field": "state"}])
def test_nor_is_a_refund(asked, given, parts):
    item = copy("x", field_class="unknown", **parts)
    (finding,) = found("class_ceiling", facts(item), refund_effect=asked)
    assert (finding.code, finding.effect, finding.functions) == ("refund_attended", given, ("finance",))


@pytest.mark.parametrize(("asked", "given"), list(zip(ASKED, LEAST, strict=True)))
@pytest.mark.parametrize("field", ["terms", "legal_text", "legal_footer", "warranty"])
def test_nor_is_a_legal_text(asked, given, field):
    item = copy("x", field_class="unknown", field=field)
    (finding,) = found("class_ceiling", facts(item), legal_effect=asked)
    assert (finding.code, finding.effect, finding.functions) == ("legal_attended", given, ("legal",))


def test_other_things_are_left_to_other_rules():
    assert found("class_ceiling", facts(copy("x"), copy("y", index=1, field_class="unknown", field="slug"))) == []


def test_it_adds_no_risk_of_its_own():
    (finding,) = found("class_ceiling", facts(price(1), price(2, index=1)))
    assert (finding.weight, finding.items) == (0, (0, 1))
