from itertools import permutations, product

import pytest

from orchestr.policy.facts.proposal import DeciderFacts
from orchestr.policy.quorum import Approval, can_be_met, missing, persons_needed, would_help

M, F, L = "merchandising", "finance", "legal"
BOTH = (F, M)


def approvals(*held):
    return [Approval(person=person, functions=frozenset(functions)) for person, functions in held]


def lacking(tier, functions, *held):
    left = missing(tier=tier, functions=functions, approvals=approvals(*held))
    return left.persons, left.functions, left.helps


def test_tier_none_needs_nobody():
    assert lacking("none", ()) == (0, (), ())


def test_single_needs_any_one_person():
    assert lacking("single", ()) == (1, (), ())
    assert lacking("single", (), ("mia", ())) == (0, (), ())


def test_single_with_a_function_needs_a_holder_of_it():
    assert lacking("single", (L,)) == (1, (L,), (L,))
    assert lacking("single", (L,), ("mia", (M,))) == (1, (L,), (L,))
    assert lacking("single", (L,), ("mia", (M,)), ("lena", (L,))) == (0, (), ())


def test_dual_needs_two_distinct_persons():
    assert lacking("dual", (), ("mia", (M,))) == (1, (), ())
    assert lacking("dual", (), ("mia", (M,)), ("mia", (F,))) == (1, (), ())
    assert lacking("dual", (), ("mia", (M,)), ("marco", (M,))) == (0, (), ())


def test_two_functions_need_one_of_each():
    assert lacking("dual", BOTH) == (2, (F, M), (F, M))
    assert lacking("dual", BOTH, ("mia", (M,)), ("marco", (M,))) == (1, (F,), (F,))
    assert lacking("dual", BOTH, ("mia", (M,)), ("fay", (F,))) == (0, (), ())


def test_one_person_of_both_functions_fills_one_of_them():
    assert lacking("dual", BOTH, ("bo", (M, F))) == (1, (M,), (F, M))
    assert lacking("dual", BOTH, ("bo", (M,)), ("bo", (F,))) == (1, (M,), (F, M))
    assert lacking("dual", BOTH, ("bo", (M, F)), ("mia", (M,))) == (0, (), ())
    assert lacking("dual", BOTH, ("bo", (M, F)), ("fay", (F,))) == (0, (), ())
    assert lacking("dual", BOTH, ("bo", (M, F)), ("lena", (L,))) == (1, (M,), (F, M))


def test_dual_with_one_function_leaves_the_second_person_free():
    assert lacking("dual", (F,), ("mia", (M,))) == (1, (F,), (F,))
    assert lacking("dual", (F,), ("mia", (M,)), ("marco", (M,))) == (1, (F,), (F,))
    assert lacking("dual", (F,), ("fay", (F,))) == (1, (), ())
    assert lacking("dual", (F,), ("fay", (F,)), ("mia", (M,))) == (0, (), ())


def test_three_functions_need_three_persons():
    assert persons_needed("dual", (F, L, M)) == 3
    assert lacking("dual", (F, L, M), ("mia", (M,)), ("fay", (F,))) == (1, (L,), (L,))


def test_a_function_named_twice_is_one():
    assert lacking("dual", (F, F), ("fay", (F,)), ("mia", ())) == (0, (), ())


def test_finds_the_assignment_that_fills_most():
    held = (("a", (F, M)), ("b", (F,)), ("c", (L, M)))
    for order in permutations(held):
        assert lacking("dual", (F, L, M), *order) == (0, (), ())


@pytest.mark.parametrize("tier", ["single", "dual"])
def test_agrees_with_trying_every_assignment(tier):
    sets = [(), (F,), (M,), (F, M), (L,), (F, L)]
    for wanted in [(), (F,), (F, M), (F, L, M)]:
        for chosen in product(sets, repeat=3):
            people = [(str(number), held) for number, held in enumerate(chosen)]
            needed = persons_needed(tier, wanted)
            fits = len(people) >= needed and any(
                all(function in held for function, (_, held) in zip(wanted, order, strict=False))
                for order in permutations(people)
            )
            assert (lacking(tier, wanted, *people)[0] == 0) is fits, (tier, wanted, chosen)


def test_somebody_helps_who_fills_a_gap():
    held = approvals(("mia", (M,)))

    def helps(person, *functions):
        return would_help(
            tier="dual",
            functions=BOTH,
            approvals=held,
            one_more=Approval(person=person, functions=frozenset(functions)),
        )

    assert helps("fay", F)
    assert not helps("marco", M)
    assert not helps("mia", F, M)
    assert not helps("lena", L)


def decided_by(tier, functions, *groups):
    deciders = [DeciderFacts(functions=held, persons=persons) for held, persons in groups]
    return can_be_met(tier=tier, functions=functions, deciders=deciders)


@pytest.mark.parametrize(
    ("tier", "functions", "groups", "able"),
    [
        ("none", (), (), True),
        ("single", (), (), False),
        ("single", (), (((), 1),), True),
        ("dual", (), (((M,), 1),), False),
        ("dual", (), (((M,), 2),), True),
        ("dual", BOTH, (((M,), 9),), False),
        ("dual", BOTH, (((M, F), 1),), False),
        ("dual", BOTH, (((M, F), 2),), True),
        ("dual", BOTH, (((M, F), 1), ((F,), 1)), True),
        ("dual", (F,), (((F,), 1), ((), 1)), True),
        ("dual", (F,), (((F,), 1),), False),
        ("single", (L,), (((M,), 3),), False),
        ("dual", BOTH, (((M,), 0), ((F,), 1)), False),
    ],
)
def test_says_whether_anybody_could_decide(tier, functions, groups, able):
    assert decided_by(tier, functions, *groups) is able
