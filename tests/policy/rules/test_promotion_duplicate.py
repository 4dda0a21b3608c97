import pytest

from orchestr.policy.facts.commerce import CommerceFacts, StandingPromotion
from tests.policy.cases import codes, definition, facts, found, promotion


def standing(key="TRAIL0", **more):
    base = {"status": "live", "system": "other-shop", "channel": "web-de", "segments": ("apparel/jackets",)}
    return StandingPromotion(**({"key": key} | base | more))


def beside(*others, own=None, items=()):
    return facts(own or promotion(definition()), *items, commerce=CommerceFacts(promotions=others))


@pytest.mark.parametrize("status", ["live", "scheduled", "waiting"])
def test_what_is_there_already_is_refused_in_whichever_system(status):
    assert codes("promotion_duplicate", beside(standing(status=status))) == [(f"duplicate_{status}", "refuse")]


@pytest.mark.parametrize(
    ("own", "other"),
    [
        (definition(), standing("trail0")),
        (definition(), standing(" TRAIL0")),
        (definition(), standing("WINTER", coupon="trail0")),
        (definition(coupon="SAVE"), standing("save")),
        (definition(coupon_code="Save"), standing("WINTER", coupon="save")),
        (definition(campaign="Autumn"), standing("WINTER", campaign="autumn")),
        (definition(), standing(channel="")),
    ],
)
def test_names_are_compared_across_keys_and_codes_and_case(own, other):
    assert codes("promotion_duplicate", beside(other, own=promotion(own))) == [("duplicate_live", "refuse")]


@pytest.mark.parametrize(
    "other", [standing("TRAIL1"), standing("WINTER", coupon="other"), standing("WINTER", campaign="autumn")]
)
def test_another_name_is_another_promotion(other):
    assert found("promotion_duplicate", beside(other, own=promotion(definition(coupon="SAVE")))) == []


def test_its_own_place_is_where_it_starts_from():
    here = {"system": "demo-shop", "channel": "web-de"}
    assert found("promotion_duplicate", beside(standing(**here))) == []
    assert codes("promotion_duplicate", beside(standing(status="waiting", **here))) == [("duplicate_waiting", "refuse")]


def test_another_channel_is_looked_at_and_not_refused():
    about = beside(standing(channel="web-uk"))
    assert codes("promotion_duplicate", about) == [("launched_elsewhere", "single")]
    assert codes("promotion_duplicate", about, other_channel_effect="refuse") == [("launched_elsewhere", "refuse")]


@pytest.mark.parametrize(
    ("own", "launched"),
    [
        (promotion(1, before=0, field="enabled", promotion=definition()), True),
        (promotion(1, before=1, field="enabled", promotion=definition()), False),
        (promotion(0, before=1, field="enabled", promotion=definition()), False),
        (promotion(definition(2_000), before=definition()), False),
        (promotion(definition(coupon="NEW"), before=definition()), True),
        (promotion(definition(campaign="new"), before=definition()), True),
        (promotion(definition(), before={**definition(), "enabled": 0}), True),
        (promotion("2026-10-20T00:00:00Z", before="x", field="ends_at", promotion=definition()), False),
        (promotion("NEW", before="OLD", field="coupon", promotion=definition()), True),
        (promotion(None, before=definition()), False),
    ],
)
def test_only_a_launch_can_be_one_too_many(own, launched):
    assert bool(found("promotion_duplicate", beside(standing(), own=own))) is launched


def test_one_coupon_twice_in_one_proposal_is_refused():
    first, second = (promotion(definition(coupon="SAVE"), index=index) for index in (0, 1))
    (finding,) = found("promotion_duplicate", facts(first, second))
    assert (finding.code, finding.effect, finding.items) == ("duplicate_here", "refuse", (1,))


def test_one_promotion_in_two_systems_and_a_campaign_of_two_are_no_duplicates():
    twin = promotion(definition(), index=1, id="TRAIL0", system="other-shop")
    assert found("promotion_duplicate", facts(promotion(definition()), twin)) == []
    campaign = [promotion(definition(campaign="autumn"), index=index) for index in (0, 1)]
    assert found("promotion_duplicate", facts(*campaign)) == []


def test_who_would_have_to_look_is_the_policys():
    for about in (beside(standing()), facts(*(promotion(definition(coupon="SAVE"), index=n) for n in (0, 1)))):
        (finding,) = found("promotion_duplicate", about, functions=("legal",), duplicate_effect="dual")
        assert (finding.effect, finding.functions) == ("dual", ("legal",))


def test_names_what_is_there_and_where_cut_to_a_line():
    (finding,) = found("promotion_duplicate", beside(standing()))
    assert (finding.value, finding.params) == ("TRAIL0", {"where": "other-shop"})
    (finding,) = found("promotion_duplicate", beside(standing(channel="web-uk")))
    assert (finding.value, finding.params) == ("TRAIL0", {"where": "web-uk"})
    long = "TRAIL" + "0" * 100
    for channel in ("web-de", "web-uk"):
        (finding,) = found(
            "promotion_duplicate", beside(standing(long, channel=channel), own=promotion(definition(), id=long))
        )
        assert finding.value == long[:80]
    pair = (promotion(definition(coupon="x" * 100), index=n) for n in (0, 1))
    (finding,) = found("promotion_duplicate", facts(*pair))
    assert finding.value == "x" * 80


def test_one_coupon_on_two_channels_is_no_duplicate():
    first = promotion(definition(coupon="SAVE"))
    second = promotion(definition(coupon="SAVE"), index=1, channel="web-uk")
    assert found("promotion_duplicate", facts(first, second)) == []


@pytest.mark.parametrize(
    ("channel", "code"), [("", "duplicate_live"), ("web-de", "duplicate_live"), ("web-uk", "launched_elsewhere")]
)
def test_what_names_no_channel_is_launched_on_all_of_them(channel, code):
    own = promotion(definition(), channel=channel)
    (finding,) = found("promotion_duplicate", beside(standing(system="elsewhere"), own=own))
    assert finding.code == code


@pytest.mark.parametrize("part", [{"system": "x"}, {"key": "trail0 "}, {"channel": "web-uk"}])
def test_its_own_place_is_the_same_system_key_and_channel(part):
    here = {"system": "demo-shop", "channel": "web-de"} | part
    assert len(found("promotion_duplicate", beside(standing(**({"key": "TRAIL0"} | here))))) == 1


def test_what_cannot_be_read_launches_nothing():
    assert found("promotion_duplicate", beside(standing(), own=promotion(7))) == []
    off = promotion({**definition(), "enabled": False}, before=definition(coupon="OLD"))
    assert found("promotion_duplicate", beside(standing(), own=off)) == []
    assert found("promotion_duplicate", facts(promotion(definition()))) == []
