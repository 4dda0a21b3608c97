"""A small company, many approved change sets in it, and everything that may befall each.

`World` is what a history acts on: workers that drain, die and lose answers, people who edit, freeze, thaw, put back
and settle, and time. A history is the life of one change set, from its queueing to its rest. The invariants are
asserted over what many histories have left, and then the transaction round them all is rolled back. A death here is an
exception that nobody catches at a failpoint: what is not committed is gone, and so is all the worker knew.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

import shelf
from django.db import connection, transaction

from audit.record import Actor
from orchestr import failpoints
from orchestr.execution.models import Breaker, Execution, ExecutionItem
from orchestr.execution.revert import request_revert
from orchestr.execution.revert_plan import plan_revert
from orchestr.execution.rollout.look import look
from orchestr.execution.settle_by_person import marks_for, settle_item
from orchestr.execution.staging.clear import REFUSED
from orchestr.execution.sweep import sweep
from orchestr.freezes.freeze import freeze, lift, request_thaw
from orchestr.freezes.models import Freeze
from orchestr.freezes.targets import Target
from orchestr.governance import control
from orchestr.proposals.models import Proposal
from orchestr.refusal import Refusal
from tests import make
from tests.execution.approved import Clock, work
from tests.faults import prepared, shares
from tests.faults.change_sets import ChangeSet, Kind, approved_sets
from tests.invariants import assert_invariants, shelf_writes
from tests.witness import Operations

# A request whose answer was lost lands within this time of the intent, or never: the lease and what the shelf declares.
LANDS_WITHIN = timedelta(seconds=15 + 2)
TARGETS = ("all", "connector:shop", "segment:apparel", "workflow:clearance", "agent:repricer")
SWEEPER = Actor.worker("sweeper")


_NOW = """
SELECT p.state, ARRAY(SELECT e.state::text FROM orchestr_execution e
                      WHERE e.proposal_id = p.id AND e.state NOT IN ('done', 'stopped'))
FROM orchestr_proposal p WHERE p.id = %s
"""


class Killed(BaseException):
    """The worker is no more."""


@dataclass
class World:
    """The company, and one transaction round all its change sets. `edits` makes every foreign edit a value of its own."""

    house: make.House
    sets: list[ChangeSet]
    began: datetime = field(default_factory=make.now)
    clock: Clock = field(default_factory=Clock)
    edits: int = 0
    frozen: set[str] = field(default_factory=set)
    state: str = "approved"
    open: frozenset[str] = frozenset()
    operations: Operations = field(default_factory=Operations)
    counted: int = 0
    happened: dict[str, list[str]] = field(default_factory=dict)
    _next: int = 0
    _outer: Any = None
    _opening: dict[str, Any] = field(default_factory=dict)
    _late_since: dict[int, datetime] = field(default_factory=dict)

    @property
    def current(self) -> ChangeSet:
        return self.sets[self._next]

    @property
    def proposal(self) -> Proposal:
        return self.current.proposal

    @property
    def share_state(self) -> str:
        """How far the first share of the current set is; empty where it does not go out in shares, or not yet."""
        rollout = shares.rollout_of(self) if self.current.rollout else None
        return str(rollout.state) if rollout else ""

    def begin(self) -> None:
        """The next change set is due now; the systems are well, and nothing is frozen."""
        if self._outer is None:
            self._opening = {key: dict(held.resources) for key, held in shelf.SHELVES.items()}
            self._outer = transaction.atomic()
            self._outer._from_testcase = True  # type: ignore[attr-defined]
            self._outer.__enter__()
        self.clock.now, self._late_since = self.began, {}
        self.state, self.open = "approved", frozenset()
        self.happened[str(self.proposal.pk)] = []
        Breaker.objects.all().delete()
        shelf.SHELVES["shop"].selling = None
        Proposal.objects.filter(pk=self.proposal.pk).update(ready_at=self.began)
        self.operations.mark(own=True)

    def end(self) -> None:
        """After the last change set: the seven invariants over all of them, and back to the opening."""
        self._next += 1
        if self._next == len(self.sets):
            self.assert_invariants()
            self.roll_back()

    def roll_back(self) -> None:
        """Back to the opening; does nothing there."""
        if self._outer is None:
            return
        transaction.set_rollback(True)
        self._outer.__exit__(None, None, None)
        self._outer = None
        for key, resources in self._opening.items():
            held = shelf.SHELVES[key]
            held.resources = dict(resources)
            for kept in (held.answers, held.written, held.late, held.staging_answers, held.staged, held.late_stagings):
                kept.clear()
        self.happened.clear()
        self._next = 0

    def tell(self, what: str) -> None:
        self.happened[str(self.proposal.pk)].append(what)

    # Workers.

    def drain(self) -> None:
        """What is due is worked on, and a share that holds is looked at."""
        work(self.clock)
        if self.current.rollout:
            look(clock=self.clock)
        self.look()

    def look(self) -> None:
        """What the proposal is now, which states its open executions are in, and what is on its way since when."""
        with connection.cursor() as cursor:
            cursor.execute(_NOW, [self.proposal.pk])
            self.state, states = cursor.fetchone()
        self.open = frozenset(states)
        for held in shelf.SHELVES.values():
            for request in (*held.late, *held.late_stagings):
                self._late_since.setdefault(id(request), self.clock.now)

    def die(self, point: str, count: int) -> bool:
        """A worker is killed where it passes `point` for the so manieth time. False: it never came there."""
        left = count

        def hit(passed: str) -> None:
            nonlocal left
            if passed == point:
                left -= 1
                if left == 0:
                    raise Killed

        was, failpoints.hit = failpoints.hit, hit
        try:
            self.drain()
        except Killed:
            self.look()
        finally:
            failpoints.hit = was
        return left <= 0

    def answer(self, system: str, what: str) -> None:
        """What the system does with the next write that nothing is scripted for."""
        shelf.SHELVES[system].answers.append(what)

    # The shop, and time.

    def pass_by(self, seconds: float, *, late_land: bool) -> None:
        """Let time pass. A late write whose time is up lands before, or was lost on the way."""
        until = self.clock.now + timedelta(seconds=seconds)
        for system, held in shelf.SHELVES.items():
            for waiting, lands in ((held.late, shelf._write), (held.late_stagings, shelf._stage)):
                for request in list(waiting):
                    if self._late_since[id(request)] + LANDS_WITHIN <= until:
                        waiting.remove(request)
                        if late_land:
                            lands(system, request)
        self.clock.now = until

    def land(self) -> None:
        for system in shelf.SHELVES:
            shelf.land(system)

    def edit(self) -> None:
        """Somebody else's hand, with a price that nobody had or will have.

        Not back to the very value before ours: that, while our answer is lost, looks like a write that never landed.
        """
        for key in self.current.prices[:1]:
            self.edits += 1
            shelf.set_value("shop", "variant", key, "price", make.money(30_000 + self.edits), make.DE)

    # People.

    def freeze(self, target: str) -> None:
        self.attempt(
            lambda: freeze(target=Target.parse(target), why="Stop.", by=Actor.worker("command"), at=self.clock.now)
        )
        self.frozen.add(target)

    def thaw(self, target: str) -> None:
        omar, olga = self.house.people.omar, self.house.people.olga

        def both() -> None:
            asked = request_thaw(target=Target.parse(target), why="It is well.", by=omar, at=self.clock.now)
            control.confirm(change_id=asked.pk, digest=asked.digest, by=olga, at=self.clock.now)

        self.attempt(both)
        self.frozen.discard(target)

    def sweep(self) -> None:
        sweep(at=self.clock.now, by=SWEEPER)
        self.look()

    def revert(self, *, restore_conflicts: bool) -> None:
        omar = self.house.people.omar
        try:
            plan = plan_revert(proposal_id=self.proposal.pk, account=omar, at=self.clock.now)
        except Refusal as refused:
            self.tell(f"refused: {refused.code}")
            return
        choices: dict[int, Any] = {line.index: "restore" for line in plan.lines if restore_conflicts}
        self.attempt(
            lambda: request_revert(
                plan=plan, choices=choices, digest=plan.digest, by=omar, why="Wrong.", at=self.clock.now
            )
        )

    def settle_by_person(self, *, leave_prepared: bool = False) -> None:
        """Omar looks in the system at each item that waits for him, and says what he sees there.

        What the system would not take back from staging it is asked to once more, or that is left prepared.
        """
        stuck = ExecutionItem.objects.filter(execution__state="needs_person", execution__proposal=self.proposal)
        for item in stuck.select_related("execution"):
            reason = item.execution.reason
            marks = marks_for(item, forward=item.execution.kind == "apply", reason=reason)
            if not marks:
                continue
            if reason == REFUSED:
                mark = "accept" if leave_prepared else "retry"
                self.attempt(lambda item=item, mark=mark: self._say(item, mark))  # type: ignore[misc]
                continue
            ours = any(key == str(item.pk) for held in shelf.SHELVES.values() for key, _ in held.written)
            truth = "accept" if "accept" in marks else "written" if ours else "not_written"
            self.attempt(lambda item=item, truth=truth: self._say(item, truth))  # type: ignore[misc]

    def _say(self, item: ExecutionItem, mark: str) -> None:
        omar = self.house.people.omar
        settle_item(item_id=item.pk, mark=cast("Any", mark), reason="Looked.", by=omar, at=self.clock.now)

    # How it ends.

    def come_to_rest(self) -> None:
        """Nothing new befalls it: what is frozen is thawed, people settle what waits for them, workers do the rest."""
        for held in shelf.SHELVES.values():
            held.answers.clear()
            held.staging_answers.clear()
        for standing in Freeze.objects.filter(thawed_at=None) if self.frozen else ():
            self.attempt(lambda standing=standing: lift(freeze_id=standing.pk, by=SWEEPER, at=self.clock.now))  # type: ignore[misc]
        self.frozen.clear()
        for round in range(60):
            self.drain()
            if not self.open:
                return
            # What was accepted and is never seen is watched for a quarter of an hour before somebody is asked.
            self.pass_by(6 if round < 8 else 240, late_land=True)
            if "held" in self.open:
                self.sweep()
            if "needs_person" in self.open:
                self.settle_by_person()
            if self.current.rollout:
                shares.come_to_rest(self)
        raise AssertionError(f"never came to rest: {self.state}, {sorted(self.open)}")

    def assert_at_rest(self) -> None:
        self.assert_whole()
        try:
            shares.assert_at_rest(self)
            prepared.assert_at_rest(self)
        except AssertionError as broken:
            story = "\n".join(self.happened[str(self.proposal.pk)])
            raise AssertionError(f"{broken}\n{story}") from broken

    def assert_whole(self) -> None:
        """A set that had to be whole is, or nothing of it is left but what a person has looked at."""
        if not self.current.whole:
            return
        items = ExecutionItem.objects.filter(execution__proposal=self.proposal)
        forward = [item for item in items if item.undoes_id is None]
        applied = {item.pk for item in forward if item.state == "applied"}
        back = {
            item.undoes_id
            for item in items
            if item.state in ("restored", "compensated") or item.outcome_code.startswith("person_")
        }
        assert not applied or len(applied) == len(forward) or applied <= back, "half of a whole set is left standing"

    def assert_invariants(self) -> None:
        try:
            if self.operations.marks:
                count, bare = self.operations.settle()
                self.counted += count
                assert bare == [], f"3: rows were changed without an event: {bare[:5]}"
            assert_invariants(shelf_writes())
        except AssertionError as broken:
            raise AssertionError(f"{broken}\n{self._story(str(broken))}") from broken

    def _story(self, about: str) -> str:
        """What happened to the change set that a message names by its id, or by one of an item or execution."""
        for id in re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", about):
            item = ExecutionItem.objects.filter(pk=id).select_related("execution").first()
            execution = item.execution if item else Execution.objects.filter(pk=id).first()
            proposal = str(execution.proposal_id) if execution else id
            if proposal in self.happened:
                return "\n".join(self.happened[proposal])
        return ""

    def attempt(self, act: Callable[[], Any]) -> None:
        """A refusal is an outcome, and leaves nothing behind."""
        try:
            with transaction.atomic(durable=True):
                act()
        except Refusal as refused:
            self.tell(f"refused: {refused.code}")
        self.look()


def found(house: make.House, *, count: int, kinds: Sequence[Kind]) -> World:
    """A world of so many change sets of these kinds."""
    return World(house, approved_sets(house, count=count, kinds=kinds))
