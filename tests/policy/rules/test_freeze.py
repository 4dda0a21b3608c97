from orchestr.policy.facts.proposal import FreezeFacts
from tests.policy.cases import copy, facts, found, judged


def test_a_freeze_is_said_and_decides_nothing():
    about = facts(copy("x"), freezes=(FreezeFacts(kind="segment", key="apparel", items=(0,)), FreezeFacts(kind="all")))
    assert [(one.code, one.effect, one.value, one.items) for one in found("freeze", about)] == [
        ("frozen", "info", "all", ()),
        ("frozen", "info", "segment:apparel", (0,)),
    ]
    assert judged(about, freeze={}, copy_given={}).tier == "none"


def test_a_policy_may_want_people_while_it_stands():
    about = facts(copy("x"), freezes=(FreezeFacts(kind="all"),))
    assert judged(about, freeze={"effect": "single"}, copy_given={}).tier == "single"


def test_only_items_that_there_are_are_stopped():
    about = facts(copy("x"), freezes=(FreezeFacts(kind="segment", key="a", items=(0, 1)),))
    (finding,) = found("freeze", about)
    assert finding.items == (0,)
    assert found("freeze", facts(copy("x"), freezes=(FreezeFacts(kind="segment", key="a", items=(1,)),))) == []
