import pytest

from tests.policy.cases import codes, copy, facts


@pytest.mark.parametrize(
    ("guarantee", "wanted"),
    [
        ("native_cas", []),
        ("read_compare", [("no_native_compare", "info")]),
        ("none", [("no_compare", "single")]),
    ],
)
def test_says_what_the_system_does_not_compare(guarantee, wanted):
    assert codes("native_compare", facts(copy("x", guarantee=guarantee))) == wanted
