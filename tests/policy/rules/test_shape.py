from orchestr.policy.values import Address
from tests.policy.cases import codes, facts, found, price


def test_refuses_two_changes_of_one_value():
    (finding,) = found("shape", facts(price(9_500), price(9_000, index=1, id="SKU-0")))
    assert (finding.code, finding.effect, finding.items) == ("address_twice", "refuse", (1,))


def test_the_same_field_on_two_channels_is_two_values():
    other = price(9_500, index=1, id="SKU-0", address=Address(channel="web-uk"))
    assert found("shape", facts(price(9_500), other)) == []


def test_what_lies_in_no_segment_needs_two():
    assert codes("shape", facts(price(9_500, segments=()))) == [("no_segment", "dual")]


def test_who_would_have_to_look_is_the_policys():
    for about in (facts(price(1), price(2, index=1, id="SKU-0")), facts(price(1, segments=()))):
        (finding,) = found("shape", about, functions=("legal",))
        assert finding.functions == ("legal",)


def test_two_systems_written_for_one_value_are_one_change():
    assert found("shape", facts(price(9_500), price(9_500, index=1, id="SKU-0", system="erp"))) == []
