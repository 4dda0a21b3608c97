"""Messages to customers: audience, frequency, quiet hours, consent and what they promise."""

import pytest

from orchestr.policy.default import default_policy
from orchestr.policy.evaluate import evaluate
from orchestr.policy.facts.commerce import CommerceFacts, SendTime, StandingPromotion
from tests.policy.cases import AT, codes, facts, found, message


@pytest.mark.parametrize(
    ("audience", "effect"),
    [
        (0, None),
        (1, "single"),
        (9_999, "single"),
        (10_000, "single"),
        (10_001, "dual"),
        (499_999, "dual"),
        (500_000, "dual"),
        (500_001, "refuse"),
    ],
)
def test_an_audience_is_found_to_the_person(audience, effect):
    wanted = [("message_audience", effect)] if effect else []
    assert codes("message_audience", facts(message({"audience": audience}))) == wanted


@pytest.mark.parametrize(("audience", "effect"), [(9, None), (10, None), (11, "single")])
def test_a_small_audience_can_be_let_through_to_the_person(audience, effect):
    wanted = [("message_audience", effect)] if effect else []
    assert codes("message_audience", facts(message({"audience": audience})), single_over_persons=10) == wanted


def test_the_audiences_of_one_proposal_are_added_up():
    about = facts(message({"audience": 6_000}), message({"audience": 6_000}, index=1))
    (finding,) = found("message_audience", about)
    assert (finding.effect, finding.value, finding.items) == ("dual", 12_000, (0, 1))
    twins = facts(message({"audience": 6_000}), message({"audience": 6_000}, index=1, id="NEWS-0", system="other"))
    assert codes("message_audience", twins) == [("message_audience", "single")]


@pytest.mark.parametrize(
    "part",
    [{"audience": None}, {"audience": -1}, {"audience": "all"}, {"audience": True}, {"frequency_7d": 1.5},
     {"discount_bp": "10 %"}, {"promotion": ""}, {"promotion": 7}],
)  # fmt: skip
def test_what_cannot_be_read_needs_two(part):
    assert codes("message_audience", facts(message(part))) == [("message_unreadable", "dual")]


def test_a_message_taken_back_needs_one_and_nothing_else():
    about = facts(message(None, before={"audience": 5}))
    assert codes("message_audience", about) == [("message_taken_back", "single")]
    for rule in ("message_frequency", "message_quiet_hours", "message_consent", "message_discount"):
        assert found(rule, about) == []


@pytest.mark.parametrize(("count", "effect"), [(1, None), (2, None), (3, "dual"), (4, "dual"), (5, "refuse")])
def test_a_frequency_is_found_to_the_message(count, effect):
    wanted = [("message_frequency", effect)] if effect else []
    assert codes("message_frequency", facts(message({"frequency_7d": count}))) == wanted


def at_minute(minute, **more):
    sending = (SendTime(index=0, send_at=AT, minute=minute),)
    return facts(message(), commerce=CommerceFacts(sending=sending), **more)


@pytest.mark.parametrize(
    ("minute", "quiet"),
    [
        (0, True),
        (479, True),
        (480, False),
        (481, False),
        (1_258, False),
        (1_259, False),
        (1_260, True),
        (1_261, True),
        (1_439, True),
    ],
)
def test_quiet_hours_are_found_to_the_minute(minute, quiet):
    wanted = [("message_quiet_hours", "dual")] if quiet else []
    assert codes("message_quiet_hours", at_minute(minute)) == wanted


def test_quiet_hours_can_be_none():
    params = {"from_minute": 1_440, "until_minute": 0}
    assert all(codes("message_quiet_hours", at_minute(minute), **params) == [] for minute in (0, 720, 1_439))


def test_says_the_time_of_the_receivers():
    (finding,) = found("message_quiet_hours", at_minute(1_350))
    assert (finding.value, finding.params) == ("22:30", {"begins": "21:00", "ends": "08:00"})


def test_a_time_nobody_can_tell_needs_two():
    assert codes("message_quiet_hours", facts(message())) == [("message_time_unknown", "dual")]


@pytest.mark.parametrize(
    ("consent", "refused"), [(True, False), (False, True), (None, True), ("true", True), (1, True)]
)
def test_without_consent_it_is_refused(consent, refused):
    wanted = [("message_without_consent", "refuse")] if refused else []
    assert codes("message_consent", facts(message({"consent": consent}))) == wanted


@pytest.mark.parametrize("after", [7, "hello", []])
def test_what_is_no_message_has_no_consent(after):
    assert codes("message_consent", facts(message(after))) == [("message_without_consent", "refuse")]


def standing(**more):
    base = {"key": "TRAIL", "status": "live", "system": "shop", "channel": "web-de", "discount_bp": 1_500}
    return StandingPromotion(**(base | more))


def promising(*known, discount=1_500, name="TRAIL", send_at=AT):
    sending = (SendTime(index=0, send_at=send_at, minute=720),)
    item = message({"discount_bp": discount, "promotion": name})
    return facts(item, commerce=CommerceFacts(promotions=known, sending=sending))


@pytest.mark.parametrize(("discount", "smaller"), [(1_499, False), (1_500, False), (1_501, True)])
def test_a_promised_discount_is_found_to_the_basis_point(discount, smaller):
    wanted = [("promised_discount_smaller", "refuse")] if smaller else []
    assert codes("message_discount", promising(standing(), discount=discount)) == wanted


@pytest.mark.parametrize(
    ("window", "on"),
    [
        ({"ends_at": AT - 1}, False),
        ({"ends_at": AT}, False),
        ({"ends_at": AT + 1}, True),
        ({"starts_at": AT - 1}, True),
        ({"starts_at": AT}, True),
        ({"starts_at": AT + 1}, False),
        ({"status": "scheduled"}, True),
        ({"status": "waiting"}, False),
        ({"channel": "web-uk"}, False),
        ({"channel": ""}, True),
        ({"key": "trail "}, True),
        ({"key": "WINTER"}, False),
        ({"key": "WINTER", "coupon": "trail"}, True),
    ],
)
def test_a_promised_promotion_is_on_when_the_message_goes_out(window, on):
    wanted = [] if on else [("promised_promotion_missing", "refuse")]
    assert codes("message_discount", promising(standing(**window))) == wanted


def test_a_discount_of_no_promotion_does_not_exist():
    assert codes("message_discount", promising(standing(), name=None)) == [("promised_promotion_missing", "refuse")]
    assert codes("message_discount", promising(standing(discount_bp=None))) == [("promised_discount_smaller", "refuse")]


def test_a_promotion_named_without_a_discount_must_be_there():
    assert codes("message_discount", promising(standing(), discount=None)) == []
    assert codes("message_discount", promising(discount=None)) == [("promised_promotion_missing", "refuse")]


def test_a_message_that_promises_nothing_promises_nothing():
    assert found("message_discount", facts(message())) == []


def test_by_the_default_policy_a_decent_message_needs_one_and_one_without_consent_is_refused():
    decent = evaluate(at_minute(720), default_policy())
    assert (decent.refused, decent.tier, decent.functions) == (False, "single", ())
    sending = CommerceFacts(sending=(SendTime(index=0, send_at=AT, minute=720),))
    assert evaluate(facts(message({"consent": False}), commerce=sending), default_policy()).refused


@pytest.mark.parametrize(
    ("rule", "about"),
    [
        ("message_audience", facts(message({"audience": 10_001}))),
        ("message_audience", facts(message({"audience": "all"}))),
        ("message_consent", facts(message({"consent": False}))),
        ("message_frequency", facts(message({"frequency_7d": 3}))),
        ("message_frequency", facts(message({"frequency_7d": 5}))),
        ("message_quiet_hours", at_minute(1_350)),
        ("message_quiet_hours", facts(message())),
        ("message_discount", promising(standing(), discount=1_501)),
        ("message_discount", promising(discount=1_501)),
    ],
)
def test_who_must_look_is_the_policys(rule, about):
    (finding,) = found(rule, about, functions=("finance",))
    assert finding.functions == ("finance",)


def test_a_small_audience_may_be_looked_at_by_anybody():
    (finding,) = found("message_audience", facts(message({"audience": 10})))
    assert finding.functions == ()


def test_the_largest_audience_is_the_worst():
    about = facts(*(message({"audience": size}, index=index) for index, size in enumerate((10, 30, 20))))
    (finding,) = found("message_audience", about)
    assert (finding.worst, finding.value) == (1, 60)


def several(discounts, *known):
    items = tuple(
        message({"discount_bp": discount, "promotion": name}, index=index)
        for index, (discount, name) in enumerate(discounts)
    )
    return facts(*items, commerce=CommerceFacts(promotions=known))


def test_the_worst_promise_is_the_one_furthest_from_what_there_is():
    known = (
        standing(discount_bp=1_000),
        standing(key="SMALL", discount_bp=100),
        standing(key="MIDDLE", discount_bp=400),
    )
    about = several([(1_100, "TRAIL"), (900, "SMALL"), (900, "MIDDLE")], *known)
    (finding,) = found("message_discount", about)
    assert (finding.worst, finding.value, finding.threshold) == (1, 900, 100)


def test_the_best_of_several_offers_of_one_name_counts():
    about = several([(1_500, "TRAIL")], standing(discount_bp=500), standing(system="other"), standing(discount_bp=None))
    assert found("message_discount", about) == []


@pytest.mark.parametrize(("promised", "smaller"), [(0, False), (1, True)])
def test_an_offer_that_says_no_discount_gives_none(promised, smaller):
    wanted = [("promised_discount_smaller", "refuse")] if smaller else []
    assert codes("message_discount", several([(promised, "TRAIL")], standing(discount_bp=None))) == wanted


def test_the_most_frequent_is_the_worst():
    about = facts(*(message({"frequency_7d": count}, index=index) for index, count in enumerate((5, 9, 7))))
    (finding,) = found("message_frequency", about)
    assert (finding.worst, finding.value, finding.threshold) == (1, 9, 4)


@pytest.mark.parametrize(
    ("minutes", "worst"), [((1_430, 1_310, 30), 1), ((1_380, 20), 0), ((60, 1_379), 1), ((60, 1_380), 0)]
)
def test_the_worst_hour_is_the_one_furthest_from_midnight(minutes, worst):
    sending = tuple(SendTime(index=index, send_at=AT, minute=minute) for index, minute in enumerate(minutes))
    items = (message(index=index) for index, _ in enumerate(minutes))
    (finding,) = found("message_quiet_hours", facts(*items, commerce=CommerceFacts(sending=sending)))
    assert finding.worst == worst


def test_a_long_name_of_a_promotion_is_cut_to_a_line():
    (finding,) = found("message_discount", several([(100, "x" * 100)]))
    assert finding.params == {"promotion": "x" * 80}
