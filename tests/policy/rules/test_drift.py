from tests.policy.cases import codes, eur, facts, found, price


def test_says_that_the_live_value_is_another():
    assert codes("drift", facts(price(9_500, live=eur(9_900)))) == [("live_differs", "info")]


def test_an_unknown_live_value_is_no_drift():
    assert found("drift", facts(price(9_500, live_known=False, live=None))) == []


def test_says_that_nothing_changes():
    assert codes("drift", facts(price(10_000))) == [("changes_nothing", "info")]
