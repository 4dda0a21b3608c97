"""What of a workflow's definition gives the automaton more right, or people less control."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from orchestr.workflows.definition import Definition, widens
from orchestr.workflows.rollout import Default, Terms
from orchestr.workflows.steps import Step

WHO = UUID(int=1)
GATHER = Step(kind="gather", timeout_s=60, retry_transient=1, fallback="hold")
BASE = Definition(
    key="winter",
    name="Winter",
    agent=WHO,
    owner=WHO,
    escalation_owner=WHO,
    rollback_owner=WHO,
    goal="Sell what is warm.",
    success_criteria="Nothing is put back.",
    runbook="",
    segments=("apparel",),
    channels=("web-de",),
    budgets={"runs_per_day": 10},
    triggers=("stock.slow",),
    rollout=Default(terms=Terms(share_bp=1_000)),
    reviewers=("finance",),
    canary_bp=1_000,
    steps=(GATHER,),
    feed_fallback="narrow",
)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("segments", ("apparel", "outdoor")),
        ("channels", ("web-de", "web-uk")),
        ("triggers", ("stock.slow", "price.changed")),
        ("agent", uuid4()),
        ("budgets", {"runs_per_day": 11}),
        ("budgets", {}),
        ("rollout", None),
        ("rollout", Default(terms=Terms(share_bp=2_000))),
        ("reviewers", ()),
        ("canary_bp", 1_001),
        ("steps", ()),
        ("steps", (replace(GATHER, timeout_s=61),)),
        ("steps", (replace(GATHER, timeout_s=None),)),
        ("steps", (replace(GATHER, retry_transient=2),)),
        ("steps", (replace(GATHER, retry_ambiguous=1),)),
        ("steps", (replace(GATHER, fallback="raise_tier"),)),
        ("steps", (Step(kind="look"), replace(GATHER, when="done", of="look"))),
        ("feed_fallback", ""),
        ("feed_fallback", "raise_tier"),
    ],
)
def test_wider(part: str, value: Any) -> None:
    assert widens(BASE, replace(BASE, **{part: value})) == [part]


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("segments", ()),
        ("triggers", ()),
        ("budgets", {"runs_per_day": 1, "steps": 5}),
        ("rollout", Default(terms=Terms(share_bp=500))),
        ("reviewers", ("finance", "legal")),
        ("canary_bp", 1),
        ("steps", (Step(kind="look"), GATHER)),
        ("steps", (replace(GATHER, timeout_s=30, retry_transient=0),)),
        ("feed_fallback", "hold"),
        ("owner", uuid4()),
        ("goal", "Sell what is warmer."),
        ("sla_s", 60),
    ],
)
def test_not_wider(part: str, value: Any) -> None:
    assert widens(BASE, replace(BASE, **{part: value})) == []


def test_what_is_kept_reads_back_the_same() -> None:
    assert Definition.parse(BASE.wire()) == BASE


def test_what_an_older_release_kept_is_read_as_it_was_meant() -> None:
    later = ("rollback_rota", "reviewers", "sla_s", "canary_bp", "steps", "feed_fallback")
    older = {name: value for name, value in BASE.wire().items() if name not in later}
    read = Definition.parse(older)
    assert (read.steps, read.reviewers, read.canary_bp, read.segments) == ((), (), 1_000, ("apparel",))
