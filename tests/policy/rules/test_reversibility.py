import pytest

from tests.policy.cases import codes, copy, facts, found


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


@pytest.mark.parametrize(("how", "functions"), [("compensate", ()), ("irreversible", ("legal",))])
def test_who_decides_of_what_is_gone_for_good_is_the_policys(how, functions):
    about = facts(copy("x", reversibility=how))
    params = {"irreversible_effect": "refuse", "compensate_effect": "refuse", "functions": ("legal",)}
    (finding,) = found("reversibility", about, **params)
    assert (finding.effect, finding.functions, finding.items) == ("refuse", functions, (0,))
