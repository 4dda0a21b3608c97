import pytest

from tests.policy.cases import codes, copy, facts


@pytest.mark.parametrize(
    ("after", "wanted"),
    [
        ("A warm jacket.", ("copy_change", "info")),
        ("", ("copy_removed", "single")),
        (" \n", ("copy_removed", "single")),
        (None, ("copy_removed", "single")),
        (12, ("copy_not_text", "refuse")),
    ],
)
def test_says_what_becomes_of_the_text(after, wanted):
    assert codes("copy_given", facts(copy(after))) == [wanted]
