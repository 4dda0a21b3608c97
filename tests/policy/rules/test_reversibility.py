import pytest

from tests.policy.cases import codes, copy, facts


@pytest.mark.parametrize(
    ("how", "wanted"),
    [
        ("restore", []),
        ("delete_created", []),
        ("compensate", [("compensated_only", "single")]),
        ("irreversible", [("irreversible", "dual")]),
    ],
)
def test_what_cannot_be_put_back_needs_people(how, wanted):
    assert codes("reversibility", facts(copy("x", reversibility=how))) == wanted
