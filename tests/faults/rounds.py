"""Rounds of a publish worker, each a process that may be killed at a failpoint, on a clock that a test moves."""

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from orchestr.execution.models import Execution
from orchestr.proposals.models import Proposal

LEASE_S = 15.0
REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Round:
    """How one process ended, and the failpoints it passed."""

    code: int
    trace: tuple[str, ...]

    @property
    def killed(self) -> bool:
        return self.code == -signal.SIGKILL


@dataclass(frozen=True, slots=True)
class Moment:
    """Where to kill: at which failpoint, the how manieth time a round passes it; in one round, or in the first such."""

    round: int | None
    point: str
    count: int

    @property
    def armed(self) -> str:
        return f"{self.point}:{self.count}"

    def due(self, done: "list[Round]") -> bool:
        if self.round is None:
            return not any(each.killed for each in done)
        return self.round == len(done)


class Rounds:
    """Speaks to `tests.faults.forking`. `ahead_s`: how far the workers' clock is ahead of everybody else's."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.ahead_s = 0.0

    def work(self, *, failpoint: str = "") -> Round:
        """One round: whatever is due now, by a new process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"ahead_s": self.ahead_s, "failpoint": failpoint}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return Round(answer["code"], tuple(answer["trace"]))

    def until_settled(
        self, proposal: Proposal, *, kill: Moment | None = None, most: int = 40, step_s: float = 1.2
    ) -> list[Round]:
        """Round after round until nothing of the proposal is open; a killed one's lease runs out before the next."""
        done: list[Round] = []
        while not done or _open(proposal):
            assert len(done) < most, f"still open after {most} rounds: {[each.trace for each in done]}"
            if done:
                self.ahead_s += LEASE_S + 5 if done[-1].code else step_s
                time.sleep(0.05 * len(done))  # The shop's own clock is nobody's to move.
            armed = kill.armed if kill and kill.due(done) else ""
            done.append(self.work(failpoint=armed))
        proposal.refresh_from_db()
        return done


def moments(rounds: list[Round]) -> Iterator[Moment]:
    """Every moment at which these rounds could have been killed, of rounds that are the same each time."""
    for number, each in enumerate(rounds):
        passed: Counter[str] = Counter()
        for point in each.trace:
            passed[point] += 1
            yield Moment(number, point, passed[point])


def moments_after(point: str, rounds: list[Round]) -> Iterator[Moment]:
    """The failpoints passed after `point`, once each, in whichever round; what comes when depends on the time."""
    passed = [each for round in rounds for each in round.trace]
    for each in dict.fromkeys(passed[passed.index(point) :]):
        yield Moment(None, each, 1)


@contextmanager
def opened(env: Mapping[str, str]) -> Iterator[Rounds]:
    """Start the process that forks; it ends with its input. `env` holds its addresses and credentials."""
    argv = [sys.executable, "-m", "tests.faults.forking"]
    process = subprocess.Popen(
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(env), cwd=REPOSITORY
    )
    try:
        yield Rounds(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(timeout=20)


def _open(proposal: Proposal) -> bool:
    executions = Execution.objects.filter(proposal=proposal)
    if executions.filter(state__in=("queued", "running", "held")).exists():
        return True
    return not executions.exists() and Proposal.objects.filter(pk=proposal.pk, state="approved").exists()
