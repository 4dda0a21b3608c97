"""Who waits for whom: the groups of the queue, read by rank at any depth.

A person sees few distinct pairs of segment set and functions, so each group is a merge of short walks
along the index (segment_set, functions, rank, id): the cost follows the page, not the queue. Beyond
`MOST_WALKS` pairs the person sees most of the queue, and one walk along (rank, id) meets rows soon.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain, combinations, product
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import F

from orchestr.catalogue.models import SegmentSet
from orchestr.people.functions import DECIDING
from orchestr.people.models import Account
from orchestr.proposals.deciding.quorum import Standing, would_help
from orchestr.proposals.models import Decision, Proposal
from reviews.position import Rights
from reviews.queue.asked import Asked, Group

MOST_COUNTED = 1_001
MOST_WALKS = 400
type Place = tuple[int, UUID]

_DECIDING = sorted(str(each) for each in DECIDING)
COMBINATIONS = tuple(chain.from_iterable(combinations(_DECIDING, size) for size in range(len(_DECIDING) + 1)))

_BEHIND = "(p.rank, p.id) > (%(rank)s, %(after)s::uuid)"
_FREE = """NOT EXISTS (SELECT FROM orchestr_claim c WHERE c.proposal_id = p.id AND c.until > %(at)s
    AND c.person_id <> %(me)s)
AND NOT EXISTS (SELECT FROM reviews_snooze s WHERE s.proposal_id = p.id AND s.person_id = %(me)s AND s.until > %(at)s)"""
_OWN = """(p.own_work_of @> ARRAY[%(me)s::uuid] OR p.agent_id = ANY(%(my_agents)s::uuid[])
    OR EXISTS (SELECT FROM orchestr_version v WHERE v.proposal_id = p.id AND v.edited_by_id = %(me)s))"""
_OWNS = """
SELECT ARRAY(SELECT id FROM orchestr_agent WHERE owner_id = %(me)s),
    EXISTS (SELECT FROM orchestr_agent_token WHERE issued_by_id = %(me)s)
    OR EXISTS (SELECT FROM orchestr_proposal WHERE person_id = %(me)s AND state = 'draft')
    OR EXISTS (SELECT FROM orchestr_version v JOIN orchestr_proposal p ON p.id = v.proposal_id
        WHERE v.edited_by_id = %(me)s AND p.state = 'draft')
"""
# One function at tier dual: the second person may be anybody who decides here.
_ANYBODY = "(cardinality(p.functions) = 1 AND p.tier = 'dual')"
_HELPS = f"(p.functions = '{{}}' OR p.functions && %(held)s::varchar[] OR {_ANYBODY})"
_WALKS = """
SELECT q.rank, q.id FROM unnest(%(walk_sets)s::uuid[], %(walk_functions)s::text[]) AS walk (set_id, functions)
CROSS JOIN LATERAL (
    SELECT p.rank, p.id FROM orchestr_proposal p
    WHERE p.state = 'draft' AND p.segment_set_id = walk.set_id
      AND p.functions = string_to_array(walk.functions, ',')::varchar[] AND {where}
    {inner_order} LIMIT %(limit)s) AS q
{order} LIMIT %(limit)s"""
_ONE_WALK = """
SELECT p.rank, p.id FROM orchestr_proposal p
WHERE p.state = 'draft' AND p.segment_set_id = ANY(%(sets)s::uuid[])
  AND array_to_string(p.functions, ',') = ANY(%(demands)s::text[]) AND {where}
{order} LIMIT %(limit)s"""
_ASKED_BACK = """
SELECT p.rank, p.id FROM orchestr_proposal p
WHERE p.state = 'draft' AND p.turn = 'proposer' AND p.segment_set_id = ANY(%(sets)s::uuid[]) AND {where}
{order} LIMIT %(limit)s"""
_NAMED = """
SELECT p.rank, p.id FROM orchestr_proposal p
WHERE p.state = 'draft' AND p.id = ANY(%(ids)s::uuid[]) AND p.segment_set_id = ANY(%(sets)s::uuid[]) AND {where}
{order} LIMIT %(limit)s"""


@dataclass(frozen=True, slots=True)
class Branch:
    """One statement of a group with the parameters of its own."""

    sql: str
    given: dict[str, Any] = field(default_factory=dict)
    where: str = "TRUE"


class Waiting:
    """What waits, as one account sees it at one moment under one filter."""

    def __init__(self, account: Account, *, rights: Rights, asked: Asked, at: datetime) -> None:
        self.account, self.asked, self.at = account, asked, at
        seen = _covered(rights.view)
        self.visible = asked.narrow(frozenset(seen))
        self.decidable = frozenset(id for id in self.visible if seen[id] <= rights.decide)
        self.clauses, self.given = asked.conditions()
        self.my_agents, self.may_be_own = self._own()
        self.decided, self.useless = self._half_decided()

    def page(self, group: Group, *, limit: int, after: Place | None = None) -> list[Place]:
        """The next rows of a group as (rank, id), most urgent first."""
        found: set[Place] = set()
        for branch in self._branches(group):
            found.update(self._run(branch, limit=limit, after=after, ordered=True))
        return sorted(found)[:limit]

    def count(self, group: Group) -> int:
        """How many wait in a group, at most MOST_COUNTED."""
        found: set[Place] = set()
        for branch in self._branches(group):
            found.update(self._run(branch, limit=MOST_COUNTED, after=None, ordered=False))
            if len(found) >= MOST_COUNTED:
                return MOST_COUNTED
        return len(found)

    def _branches(self, group: Group) -> list[Branch]:
        if group == "mine":
            return self._mine()
        if group == "others":
            return self._others()
        return self._named(self._claimed() if group == "claimed" else self._snoozed(), where="TRUE")

    def _own(self) -> tuple[list[UUID], bool]:
        """The agents this person owns, and whether anything that waits could be their own work at all."""
        with connection.cursor() as cursor:
            cursor.execute(_OWNS, {"me": self.account.person_id})
            agents, others = cursor.fetchone()
        return agents, bool(agents) or others

    def _mine(self) -> list[Branch]:
        own = f"AND NOT {_OWN}" if self.may_be_own else ""
        where = f"p.turn = 'reviewers' AND {_HELPS} AND {_FREE} AND p.id <> ALL(%(not_mine)s::uuid[]) {own}"
        given = {"not_mine": sorted(self.decided | self.useless)}
        return self._walk(self.decidable, self._helpful(), where, given)

    def _others(self) -> list[Branch]:
        """Everything visible that is not mine to decide now: by right, function, turn, own voice or own work."""
        useless = [each for each in COMBINATIONS if each and not self.account.functions & set(each)]
        branches = self._walk(self.visible - self.decidable, COMBINATIONS, _FREE, {})
        branches += self._walk(self.decidable, useless, f"NOT {_ANYBODY} AND {_FREE}", {})
        branches.append(Branch(_ASKED_BACK, {"sets": sorted(self.decidable)}, _FREE))
        branches += self._named(self.decided | self.useless, where=_FREE)
        if self.may_be_own:
            branches += self._walk(self.decidable, self._helpful(), f"{_OWN} AND {_FREE}", {})
        return branches

    def _helpful(self) -> tuple[tuple[str, ...], ...]:
        """The function demands to which this account's functions could add (a single one: perhaps, see _HELPS)."""
        held = self.account.functions
        return tuple(each for each in COMBINATIONS if len(each) <= 1 or held & set(each))

    def _walk(
        self, sets: Iterable[UUID], demands: Iterable[tuple[str, ...]], where: str, given: dict[str, Any]
    ) -> list[Branch]:
        pairs = list(product(sorted(sets), [",".join(demand) for demand in demands]))
        if not pairs:
            return []
        walk_sets, walk_functions = (list(part) for part in zip(*pairs, strict=True))
        if len(pairs) > MOST_WALKS:
            both = {"sets": sorted(set(walk_sets)), "demands": sorted(set(walk_functions))}
            return [Branch(_ONE_WALK, {**both, **given}, where)]
        return [Branch(_WALKS, {"walk_sets": walk_sets, "walk_functions": walk_functions, **given}, where)]

    def _named(self, ids: Iterable[UUID], *, where: str) -> list[Branch]:
        wanted = sorted(ids)
        return [Branch(_NAMED, {"ids": wanted, "sets": sorted(self.visible)}, where)] if wanted else []

    def _claimed(self) -> list[UUID]:
        rows = Proposal.objects.waiting().filter(claim__until__gt=self.at).exclude(claim__person=self.account.person_id)
        rows = rows.exclude(snoozes__person=self.account.person_id, snoozes__until__gt=self.at)
        return list(rows.values_list("id", flat=True))

    def _snoozed(self) -> list[UUID]:
        rows = Proposal.objects.waiting().filter(snoozes__person=self.account.person_id, snoozes__until__gt=self.at)
        return list(rows.values_list("id", flat=True))

    def _half_decided(self) -> tuple[frozenset[UUID], frozenset[UUID]]:
        """Drafts with standing decisions: those on which I have decided, those where my voice would not help.

        A draft expires EXPIRY_S after its current version, so older decisions cannot stand on one.
        """
        since = self.at - timedelta(seconds=2 * settings.EXPIRY_S)
        rows = Decision.objects.filter(at__gt=since, taken_back_at=None, voided_at=None, proposal__state="draft")
        rows = rows.filter(digest=F("proposal__digest"), proposal__segment_set__in=self.decidable)
        by_proposal: dict[UUID, list[Decision]] = {}
        for row in rows.select_related("proposal").order_by("at", "id"):
            by_proposal.setdefault(row.proposal_id, []).append(row)
        me = self.account.person_id
        decided = {id for id, listed in by_proposal.items() if any(row.person_id == me for row in listed)}
        useless = {id for id, listed in by_proposal.items() if id not in decided and not self._helps(listed)}
        return frozenset(decided), frozenset(useless)

    def _helps(self, decisions: list[Decision]) -> bool:
        voices = [
            Standing(row.pk, row.person_id, row.account_id, frozenset(row.functions))
            for row in decisions
            if row.verdict == "approve"
        ]
        functions = self.account.functions
        return would_help(decisions[0].proposal, voices, person_id=self.account.person_id, functions=functions)

    def _run(self, branch: Branch, *, limit: int, after: Place | None, ordered: bool) -> list[Place]:
        clauses = [branch.where, *self.clauses]
        given: dict[str, Any] = {"me": self.account.person_id, "at": self.at, "limit": limit}
        given |= {"my_agents": self.my_agents, "held": sorted(self.account.functions)}
        given |= self.given | branch.given
        if after is not None:
            clauses.append(_BEHIND)
            given |= {"rank": after[0], "after": after[1]}
        sql = branch.sql.format(
            where=" AND ".join(f"({clause})" for clause in clauses),
            order="ORDER BY rank, id" if ordered else "",
            inner_order="ORDER BY p.rank, p.id" if ordered else "",
        )
        with connection.cursor() as cursor:
            cursor.execute(sql, given)
            return [(row[0], row[1]) for row in cursor.fetchall()]


def _covered(view: frozenset[UUID]) -> dict[UUID, frozenset[UUID]]:
    """The segment sets all of whose segments are seen, with their segments."""
    if not view:
        return {}
    rows = SegmentSet.objects.filter(segment_ids__contained_by=list(view)).values_list("id", "segment_ids")
    return {id: frozenset(segments) for id, segments in rows}
