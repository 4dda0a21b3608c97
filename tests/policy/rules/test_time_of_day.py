import pytest

from orchestr.policy.facts.around import HoursFacts
from tests.policy.cases import codes, copy, facts, found, price, stock
from tests.policy.surroundings import around


def hours(left: int, channel: str = "web-de"):
    return HoursFacts(channel=channel, open_left_s=left)


@pytest.mark.parametrize(("left", "outside"), [(0, True), (1, False), (28_800, False)])
def test_while_a_site_is_closed_a_price_needs_somebody(left, outside):
    about = around(price(9_500), hours=(hours(left),))
    assert codes("time_of_day", about) == ([("outside_hours", "single")] if outside else [])


@pytest.mark.parametrize(("left", "outside"), [(599, True), (600, True), (601, False), (602, False)])
def test_the_last_minutes_can_count_as_closed(left, outside):
    assert bool(found("time_of_day", around(price(9_500), hours=(hours(left),)), lead_s=600)) is outside


def test_copy_has_an_effect_of_its_own():
    about = around(copy("x"), price(9_500, index=1), hours=(hours(0),))
    assert codes("time_of_day", about) == [("outside_hours", "info"), ("outside_hours", "single")]
    assert codes("time_of_day", about, copy_effect="dual", outside_effect="dual") == [("outside_hours", "dual")]


def test_another_site_being_closed_is_no_matter():
    about = around(price(9_500), hours=(hours(60), hours(0, "web-uk")))
    assert found("time_of_day", about) == []


def test_what_names_no_channel_concerns_every_site():
    (finding,) = found("time_of_day", around(stock(1), hours=(hours(60), hours(0, "web-uk"))))
    assert finding.value == "web-uk"


def test_who_decides_is_the_policys():
    (finding,) = found("time_of_day", around(price(9_500), hours=(hours(0),)), functions=("legal",))
    assert (finding.functions, finding.value) == (("legal",), "web-de")


def test_of_several_closed_sites_the_first_is_named():
    about = around(stock(1), hours=(hours(0, "web-uk"), hours(0, "web-at")))
    (finding,) = found("time_of_day", about)
    assert finding.value == "web-at"


def test_without_hours_nothing_is_outside_them():
    assert found("time_of_day", facts(price(9_500))) == []
    assert found("time_of_day", around(price(9_500))) == []
