import pytest

from tests.policy.cases import codes, facts, found, stock


@pytest.mark.parametrize(("location", "refused"), [("hamburg", False), ("oslo", False), ("elsewhere", True)])
def test_stock_goes_to_valid_locations_only(location, refused):
    wanted = [("location_not_allowed", "refuse")] if refused else []
    assert codes("stock_location", facts(stock(110, location=location))) == wanted


def test_stock_without_a_location_is_nowhere_valid():
    assert codes("stock_location", facts(stock(110, location=None))) == [("location_not_allowed", "refuse")]


def test_nobody_having_declared_locations_needs_two():
    assert codes("stock_location", facts(stock(110, allowed_locations=None))) == [("locations_unknown", "dual")]


def test_a_closed_location_is_refused_whatever_the_systems_say():
    (finding,) = found("stock_location", facts(stock(110, location="leeds")), closed=("leeds",))
    assert (finding.code, finding.value) == ("location_not_allowed", "leeds")


def test_who_would_have_to_look_is_the_policys():
    for item in (stock(110, allowed_locations=None), stock(110, location="elsewhere")):
        (finding,) = found("stock_location", facts(item), functions=("legal",))
        assert (finding.functions, finding.value) == (("legal",), item.address.location)


def test_a_closed_location_is_refused_where_nobody_declared_any():
    item = stock(110, location="leeds", allowed_locations=None)
    assert codes("stock_location", facts(item), closed=("leeds",)) == [
        ("location_not_allowed", "refuse"),
        ("locations_unknown", "dual"),
    ]
