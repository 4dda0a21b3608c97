import pytest

from orchestr.policy.promotions.reading import moment
from orchestr.policy.rules.promotion_window import is_window
from tests.policy.cases import AT, codes, definition, facts, found, promotion

START = "2026-10-01T00:00:00Z"
DAY = 86_400


@pytest.mark.parametrize(
    ("end", "refused"),
    [("2026-09-30T23:59:59Z", True), (START, True), ("2026-10-01T00:00:01Z", False)],
)
def test_a_promotion_begins_before_it_ends(end, refused):
    wanted = [("promotion_ends_before_it_begins", "refuse")] if refused else []
    assert codes("promotion_window", facts(promotion(definition(ends_at=end)))) == wanted


@pytest.mark.parametrize(("seconds", "long"), [(-1, False), (0, False), (1, True)])
def test_a_long_promotion_needs_two(seconds, long):
    params = {"dual_over_s": 14 * DAY - seconds}
    wanted = [("promotion_long", "dual")] if long else []
    assert codes("promotion_window", facts(promotion(definition())), **params) == wanted


@pytest.mark.parametrize(
    ("window", "refused"),
    [
        ("2026-10-01T00:00:00Z/2026-10-15T00:00:00Z", False),
        ("2026-10-01T02:00:00+02:00/2026-10-15T02:00:00+02:00", False),
        ("2026-10-01T00:00:01Z/2026-10-15T00:00:00Z", True),
        ("2026-10-01T00:00:00Z/2026-10-14T23:59:59Z", True),
    ],
)
def test_a_promotion_lies_within_a_declared_window(window, refused):
    wanted = [("promotion_outside_windows", "refuse")] if refused else []
    assert codes("promotion_window", facts(promotion(definition())), windows=(window,)) == wanted


def test_no_window_declared_means_no_promotion():
    assert codes("promotion_window", facts(promotion(definition())), windows=()) == [
        ("promotion_outside_windows", "refuse")
    ]


def test_two_windows_do_not_join_into_one():
    windows = ("2026-10-01T00:00:00Z/2026-10-08T00:00:00Z", "2026-10-08T00:00:00Z/2026-10-15T00:00:00Z")
    assert codes("promotion_window", facts(promotion(definition())), windows=windows) == [
        ("promotion_outside_windows", "refuse")
    ]


def test_without_a_start_it_starts_now():
    at = moment("2026-10-14T00:00:00Z")
    item = promotion(definition(starts_at=None))
    assert found("promotion_window", facts(item, at=at)) == []
    assert codes("promotion_window", facts(item, at=moment("2026-10-15T00:00:00Z"))) == [
        ("promotion_ends_before_it_begins", "refuse")
    ]


def test_an_open_end_needs_two_and_lies_in_no_window():
    item = promotion(definition(ends_at=None))
    assert codes("promotion_window", facts(item)) == [("promotion_open_ended", "dual")]
    window = ("2026-10-01T00:00:00Z/2026-10-15T00:00:00Z",)
    assert ("promotion_outside_windows", "refuse") in codes("promotion_window", facts(item), windows=window)


@pytest.mark.parametrize(("ahead", "refused"), [(-1, False), (0, True), (1, True)])
def test_a_promotion_that_is_over_is_refused(ahead, refused):
    at = moment("2026-10-15T00:00:00Z") + ahead
    wanted = [("promotion_over", "refuse")] if refused else []
    assert codes("promotion_window", facts(promotion(definition()), at=at)) == wanted


@pytest.mark.parametrize(
    "after",
    [
        definition(starts_at="soon"),
        definition(ends_at="2026-10-15T00:00:00"),
        definition(ends_at=17),
        definition(discount_bp="15 %"),
        7,
    ],
)
def test_a_promotion_that_cannot_be_read_needs_two(after):
    assert codes("promotion_window", facts(promotion(after))) == [("promotion_unreadable", "dual")]


def test_switching_on_is_judged_by_the_definition_that_stands():
    on = promotion(1, before=0, field="enabled", promotion=definition(ends_at=START))
    assert codes("promotion_window", facts(on)) == [("promotion_ends_before_it_begins", "refuse")]
    assert codes("promotion_window", facts(promotion(1, before=0, field="enabled"))) == [
        ("promotion_unreadable", "dual")
    ]


def test_switching_off_is_allowed_at_any_time():
    off = promotion(0, before=1, field="enabled", promotion=definition(ends_at=START))
    assert found("promotion_window", facts(off, promotion(None, index=1), at=AT + 10**8)) == []


def test_one_field_changed_is_judged_with_the_rest_as_it_stands():
    item = promotion("2026-09-30T00:00:00Z", field="ends_at", promotion=definition())
    assert codes("promotion_window", facts(item)) == [("promotion_ends_before_it_begins", "refuse")]


@pytest.mark.parametrize("window", ["autumn", f"{START}/autumn", f"autumn/{START}"])
def test_a_window_nobody_can_read_raises_so_that_judging_is_strictest(window):
    with pytest.raises(ValueError, match="RFC 3339"):
        found("promotion_window", facts(promotion(definition())), windows=(window,))


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("*", True),
        ("2026-10-01T00:00:00Z/2026-10-01T00:00:01Z", True),
        ("2026-10-01T00:00:00Z/2026-10-01T00:00:00Z", False),
        ("2026-10-01T00:00:01Z/2026-10-01T00:00:00Z", False),
        ("2026-10-01T00:00:00Z/", False),
        ("/2026-10-01T00:00:00Z", False),
        ("2026-10-01T00:00:00Z", False),
        ("autumn", False),
        ("", False),
    ],
)
def test_knows_what_a_window_is(text, good):
    assert is_window(text) is good


def test_what_ends_before_it_begins_is_refused_once():
    about = facts(promotion(definition(ends_at=START)))
    assert codes("promotion_window", about, windows=()) == [("promotion_ends_before_it_begins", "refuse")]


def test_the_worst_is_the_longest_and_not_the_last_to_end():
    late = definition(starts_at="2027-10-01T00:00:00Z", ends_at="2027-11-10T00:00:00Z")
    long = definition(ends_at="2026-11-20T00:00:00Z")
    (finding,) = found("promotion_window", facts(promotion(late), promotion(long, index=1)))
    assert (finding.worst, finding.value) == (1, 50 * DAY)


@pytest.mark.parametrize(
    ("after", "params"),
    [
        (7, {}),
        (definition(ends_at=START), {}),
        (definition(ends_at=None), {}),
        (definition(), {"dual_over_s": 1}),
        (definition(), {"windows": ()}),
        (definition(ends_at="2026-09-20T00:00:00Z", starts_at="2026-09-19T00:00:00Z"), {}),
    ],
)
def test_who_would_have_to_look_is_the_policys(after, params):
    for finding in found("promotion_window", facts(promotion(after)), functions=("legal",), **params):
        assert finding.functions == ("legal",)


def test_the_longest_is_the_worst():
    ends = ("2026-12-01T00:00:00Z", "2026-12-24T00:00:00Z", "2026-12-10T00:00:00Z")
    items = (promotion(definition(ends_at=end), index=index) for index, end in enumerate(ends))
    (finding,) = found("promotion_window", facts(*items))
    assert (finding.code, finding.worst, finding.value) == ("promotion_long", 1, 84 * DAY)
