"""One past verdict judged again under another policy, from the very bytes that were judged then. Pure."""

import json
from dataclasses import dataclass
from typing import Literal

from orchestr.policy.evaluate import evaluate
from orchestr.policy.facts.proposal import DeciderFacts, Facts
from orchestr.policy.findings import RANK, Finding, Tier, Verdict
from orchestr.policy.quorum import persons_needed
from orchestr.policy.ruleset import Policy

Outcome = Literal["none", "single", "dual", "refused"]
OUTCOMES: tuple[Outcome, ...] = ("none", "single", "dual", "refused")
WHOLE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A proposal as it was judged: the canonical facts and what was made of them.

    `put_back`: something it wrote was restored or compensated later. `shadow`: nobody was asked, whatever the tier.
    """

    proposal: str
    facts: bytes
    refused: bool
    tier: Tier
    functions: tuple[str, ...]
    put_back: bool
    shadow: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What changes for the people who could decide then, in ten-thousandths of a review for one person."""

    before: int
    after: int
    shared: int | None  # the difference, spread over everybody who could decide; None: who could was not asked
    by_function: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What became of one proposal. `unreadable` is a code, and then nothing else is known of it."""

    proposal: str
    before: Outcome
    after: Outcome = "none"
    functions_before: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    rule: str = ""  # the gravest finding that asks for more than any of the same rule did then
    code: str = ""
    errors: tuple[tuple[str, str], ...] = ()  # rules that failed, and how
    put_back: bool = False
    load: Load | None = None
    unreadable: str = ""


def judge_again(facts: bytes, policy: Policy) -> tuple[Facts, Verdict]:
    """Read stored facts and judge them. Under the policy of then it is the verdict of then, byte for byte.

    Raises ValueError (ValueRefused among them), KeyError or TypeError for facts this release cannot read.
    """
    read = Facts.from_wire(json.loads(facts))
    return read, evaluate(read, policy)


def replay(past: Past, policy: Policy) -> Replayed:
    """Judge one past proposal under `policy`. Never raises for what was stored: what cannot be read says so."""
    before = outcome_of(refused=past.refused, tier=past.tier)
    try:
        facts, verdict = judge_again(past.facts, policy)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        code = str(getattr(error, "code", "")) or type(error).__name__
        return Replayed(proposal=past.proposal, before=before, put_back=past.put_back, unreadable=code)
    after = outcome_of(refused=verdict.refused, tier=verdict.tier)
    why = _gravest(verdict)
    return Replayed(
        proposal=past.proposal,
        before=before,
        after=after,
        functions_before=past.functions,
        functions=verdict.functions,
        rule=why.rule if why else "",
        code=why.code if why else "",
        errors=tuple(
            (finding.rule, str(finding.params.get("error", "")))
            for finding in verdict.findings
            if finding.code == "rule_error"
        ),
        put_back=past.put_back,
        load=None if past.shadow else _load(past, verdict, facts.deciders),
    )


def outcome_of(*, refused: bool, tier: Tier) -> Outcome:
    return "refused" if refused else tier


def _gravest(verdict: Verdict) -> Finding | None:
    """What the tier rests on: findings stand gravest first."""
    first = verdict.findings[0] if verdict.findings else None
    return first if first is not None and RANK[first.effect] else None


def _load(past: Past, verdict: Verdict, deciders: tuple[DeciderFacts, ...] | None) -> Load:
    was = () if past.refused else _asked(past.tier, past.functions)
    now = () if verdict.refused else _asked(verdict.tier, verdict.functions)
    if deciders is None:
        return Load(before=len(was), after=len(now), shared=None, by_function=())
    everybody = sum(each.persons for each in deciders)
    shared = _share(len(now) - len(was), everybody)
    names = sorted({name for name in (*was, *now) if name})
    return Load(
        before=len(was),
        after=len(now),
        shared=shared,
        by_function=tuple(
            (name, _share(now.count(name) - was.count(name), _holding(deciders, name)))
            for name in names
            if now.count(name) != was.count(name)
        ),
    )


def _asked(tier: Tier, functions: tuple[str, ...]) -> tuple[str, ...]:
    """One entry for each person who must say yes: the function demanded of them, or "" for anybody."""
    named = tuple(sorted(set(functions))) if tier != "none" else ()
    return named + ("",) * (persons_needed(tier, named) - len(named))


def _holding(deciders: tuple[DeciderFacts, ...], function: str) -> int:
    return sum(each.persons for each in deciders if function in each.functions)


def _share(reviews: int, persons: int) -> int:
    """Reviews for one of so many persons; with nobody there the whole of them falls on the one who is missing."""
    return reviews * WHOLE // max(1, persons)
