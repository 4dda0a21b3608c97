"""Hygiene of a policy: rules that never fired, that others make needless, or that exceptions always override.

Figures over the verdicts that are kept, so of what really came. A rule without a finding may still be right:
these are questions to whoever writes the next version, never a change by itself.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from orchestr.policy.contradictions import Contradiction, contradictions
from orchestr.policy.findings import RANK
from orchestr.policy.ruleset import Policy
from orchestr.proposals.exceptions.models import PolicyException
from orchestr.proposals.models import Verdict

DAYS = 30
MOST = 10_000
LEAST_FIRED = 3  # fewer are no ground to call a rule shadowed


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One rule: verdicts in which it asked for people or refused, versions that it refused, exceptions granted of it."""

    rule: str
    fired: int
    refused: int
    excepted: int
    shadowed_by: tuple[str, ...] = ()

    @property
    def always_overridden(self) -> bool:
        return self.excepted > 0 and self.excepted >= self.refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Hygiene:
    """`cut`: there were more than MOST verdicts, and the latest were looked at."""

    verdicts: int
    cut: bool
    since: datetime
    rules: tuple[Figures, ...]
    contradicting: tuple[Contradiction, ...]

    @property
    def never(self) -> list[Figures]:
        return [each for each in self.rules if not each.fired and not each.excepted]

    @property
    def shadowed(self) -> list[Figures]:
        return [each for each in self.rules if each.shadowed_by]

    @property
    def overridden(self) -> list[Figures]:
        return [each for each in self.rules if each.always_overridden]


def hygiene_of(policy: Policy, *, at: datetime, days: int = DAYS, most: int = MOST) -> Hygiene:
    """Look through the findings of the latest verdicts of these days (two queries)."""
    since = at - timedelta(days=days)
    rows = Verdict.objects.filter(id__gte=first_id(since), at__gte=since).order_by("-id")
    verdicts = list(rows.values_list("version_id", "findings")[: most + 1])
    granted = PolicyException.objects.filter(requested_at__gte=since, state__in=("granted", "ended"))
    excepted = Counter(granted.filter(confirmations__isnull=False).distinct().values_list("rule", flat=True))
    fired, refused, shadows = _count(verdicts[:most])
    names = sorted(setting.rule.name for setting in policy.settings)
    names += sorted({rule for layer in policy.layers for rule in layer.overrides} - set(names))
    return Hygiene(
        verdicts=min(most, len(verdicts)),
        cut=len(verdicts) > most,
        since=since,
        rules=tuple(
            Figures(
                rule=name,
                fired=fired[name],
                refused=len(refused[name]),
                excepted=excepted[name],
                shadowed_by=tuple(sorted(shadows.get(name, ()))) if fired[name] >= LEAST_FIRED else (),
            )
            for name in names
        ),
        contradicting=tuple(contradictions(policy)),
    )


def first_id(since: datetime) -> UUID:
    """The lowest id that a row of this moment can have: they begin with their milliseconds."""
    return UUID(int=int(since.timestamp() * 1000) << 80)


def _count(
    verdicts: Iterable[tuple[UUID, Sequence[Mapping[str, Any]]]],
) -> tuple[Counter[str], dict[str, set[UUID]], dict[str, set[str]]]:
    """How often each rule fired, which versions it refused, and which others were as strict on the same items every time."""
    fired: Counter[str] = Counter()
    refused: dict[str, set[UUID]] = defaultdict(set)
    shadows: dict[str, set[str]] = {}
    for version_id, findings in verdicts:
        asked = _asked(findings)
        for rule, mine in asked.items():
            fired[rule] += 1
            if any(rank == RANK["refuse"] for rank, _ in mine.values()):
                refused[rule].add(version_id)
            over = {other for other, theirs in asked.items() if other != rule and _covers(theirs, mine)}
            shadows[rule] = shadows[rule] & over if rule in shadows else over
    return fired, refused, shadows


type _Demands = dict[int | None, tuple[int, frozenset[str]]]  # item, or None for the whole → effect, functions


def _asked(findings: Sequence[Mapping[str, Any]]) -> dict[str, _Demands]:
    found: dict[str, _Demands] = defaultdict(dict)
    for each in findings:
        rank = RANK["refuse"] if "exception" in each["params"] else RANK[each["effect"]]
        if not rank:
            continue
        for item in each["items"] or [None]:
            had, names = found[each["rule"]].get(item, (0, frozenset()))
            found[each["rule"]][item] = (max(had, rank), names | set(each["functions"]))
    return found


def _covers(theirs: _Demands, mine: _Demands) -> bool:
    return all(
        item in theirs and theirs[item][0] >= rank and theirs[item][1] >= names for item, (rank, names) in mine.items()
    )
