import pytest

from orchestr.policy.rules.copy_length import is_limit
from tests.policy.cases import codes, copy, facts, found


@pytest.mark.parametrize(("length", "over"), [(149, False), (150, False), (151, True)])
def test_a_length_is_found_to_the_character(length, over):
    wanted = [("copy_over_length", "single")] if over else []
    assert codes("copy_length", facts(copy("x" * length, field="title"))) == wanted


@pytest.mark.parametrize(("most", "over"), [(9, True), (10, False), (11, False)])
def test_a_limit_of_a_channel_counts_there_alone(most, over):
    limits = (f"web-de:description:{most}", "web-uk:description:1")
    wanted = [("copy_over_length", "single")] if over else []
    assert codes("copy_length", facts(copy("x" * 10)), limits=limits) == wanted


@pytest.mark.parametrize(
    ("limits", "threshold", "channel"),
    [
        (("*:*:5", "web-de:description:7"), 5, "*"),
        (("*:description:8", "web-de:*:6"), 6, "web-de"),
        (("web-de:description:9", "web-de:description:4"), 4, "web-de"),
    ],
)
def test_the_lowest_limit_that_fits_counts(limits, threshold, channel):
    (finding,) = found("copy_length", facts(copy("x" * 10)), limits=limits)
    assert (finding.value, finding.threshold) == (10, threshold)
    assert finding.params == {"field": "description", "channel": channel}


def test_copy_without_a_channel_appears_on_all_of_them():
    about = facts(copy("x" * 10, channel=""))
    assert codes("copy_length", about, limits=("marketplace:description:9",)) == [("copy_over_length", "single")]


def test_what_is_no_text_has_no_length():
    assert found("copy_length", facts(copy(None), copy(7, index=1)), limits=("*:*:1",)) == []


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("web-de:title:80", True),
        ("*:*:1", True),
        ("web-de:title:0", False),
        ("web-de:title:1000000", True),
        ("web-de:title:1000001", False),
        ("web-de:title:", False),
        ("web-de::80", False),
        (":title:80", False),
        ("title:80", False),
        ("a:b:c:80", False),
        ("web-de:title:-1", False),
        ("web-de:title:８", False),
    ],
)
def test_knows_what_a_limit_is(text, good):
    assert is_limit(text) is good


def test_the_worst_is_the_one_furthest_over_its_own_limit():
    about = facts(copy("x" * 102), copy("x" * 10, index=1, field="title"), copy("x" * 101, index=2))
    (finding,) = found("copy_length", about, limits=("*:description:100", "*:title:5"), functions=("legal",))
    assert (finding.worst, finding.items, finding.functions) == (1, (0, 1, 2), ("legal",))
