import pytest

from tests.policy.cases import codes, copy, facts, found
from tests.policy.surroundings import around


def track(bad: int, of: int, letter: str = "r"):
    return around(copy("x"), track=letter * bad + "p" * (of - bad))


@pytest.mark.parametrize(
    ("bad", "effect"), [(29, None), (30, None), (31, "single"), (49, "single"), (50, "single"), (51, "dual")]
)
@pytest.mark.parametrize("letter", ["r", "b"])
def test_what_was_blocked_or_put_back_counts(bad, effect, letter):
    about = track(bad, 100, letter)
    found_codes = codes("track_record", about, last=100, dual_over_bp=5_000)
    assert found_codes == ([("track_record", effect)] if effect else [])


@pytest.mark.parametrize(("settled", "new"), [(19, True), (20, False), (21, False)])
def test_too_few_are_too_new_to_tell(settled, new):
    assert codes("track_record", track(0, settled)) == ([("track_too_new", "info")] if new else [])


def test_being_too_new_asks_nobody_and_weighs_nothing():
    (finding,) = found("track_record", track(3, 3))
    assert (finding.effect, finding.weight, finding.functions) == ("info", 0, ())
    assert (finding.value, finding.threshold) == (3, 20)


@pytest.mark.parametrize(("last", "effect"), [(29, None), (30, None), (31, "single")])
def test_only_the_last_ones_are_looked_at(last, effect):
    about = around(copy("x"), track="p" * 21 + "r" * 10)
    assert codes("track_record", about, last=last) == ([("track_record", effect)] if effect else [])


def test_says_how_many_of_how_many():
    (finding,) = found("track_record", track(11, 30), functions=("legal",))
    assert (finding.value, finding.params, finding.functions) == (3_667, {"bad": 11, "settled": 30}, ("legal",))


def test_without_two_it_stays_with_one():
    assert codes("track_record", track(50, 50)) == [("track_record", "single")]


def test_a_person_has_no_track_record():
    assert found("track_record", facts(copy("x"))) == []
    assert found("track_record", around(copy("x"))) == []


# One of three is 3,334 basis points, rounded up.
@pytest.mark.parametrize(("limit", "over"), [(3_333, True), (3_334, False), (3_335, False)])
@pytest.mark.parametrize(("name", "effect"), [("single_over_bp", "single"), ("dual_over_bp", "dual")])
def test_a_share_is_held_against_its_limit_to_the_basis_point(name, effect, limit, over):
    params = {"single_over_bp": 10_000, "dual_over_bp": None} | {name: limit}
    assert codes("track_record", track(10, 30), **params) == ([("track_record", effect)] if over else [])


@pytest.mark.parametrize(("least", "new"), [(29, False), (30, False), (31, True), (32, True)])
def test_how_many_are_enough_to_tell_is_the_policys(least, new):
    assert codes("track_record", track(0, 30), at_least=least) == ([("track_too_new", "info")] if new else [])


def test_two_are_named_as_one_is():
    (finding,) = found("track_record", track(30, 30), dual_over_bp=5_000, functions=("legal",))
    assert (finding.effect, finding.functions, finding.threshold) == ("dual", ("legal",), 5_000)
