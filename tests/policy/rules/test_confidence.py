import pytest

from tests.policy.cases import codes, copy, facts


@pytest.mark.parametrize(
    ("stated", "effect"),
    [
        (10_000, None),
        (8_001, None),
        (8_000, None),
        (7_999, "single"),
        (5_001, "single"),
        (5_000, "single"),
        (4_999, "dual"),
        (0, "dual"),
    ],
)
def test_an_agent_that_is_not_sure_goes_to_people(stated, effect):
    wanted = [("low_confidence", effect)] if effect else []
    assert codes("confidence", facts(copy("x"), confidence_bp=stated)) == wanted


def test_an_agent_that_does_not_say_goes_to_people():
    assert codes("confidence", facts(copy("x"), confidence_bp=None)) == [("confidence_unstated", "single")]


def test_people_are_not_asked():
    assert codes("confidence", facts(copy("x"), confidence_bp=None, proposer_kind="person")) == []
