"""What the five have in common: a token, one idea at a time, and a pause."""

import argparse
import json
import logging
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from orchestr.client import Change, Lost, Orchestr, Proposal, Refused, Run

type Json = Any

PAUSE_S = 90.0
STATES = {"draft": "it waits for people", "approved": "policy let it through", "blocked": "policy refused it"}
QUIET_S = 3_600.0  # The same thing is asked about once an hour at most.


def counted(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Idea:
    """What an agent would like to change, and why. `about` names the things, so that it does not ask twice."""

    summary: str
    rationale: str
    confidence: float
    changes: tuple[Change, ...]
    beside: tuple[Change, ...] = ()
    claims: tuple[tuple[str, Json], ...] = ()
    atomicity: str = "per_item"
    objectives: Mapping[str, Json] = field(default_factory=dict)
    predictions: tuple[Mapping[str, Json], ...] = ()
    of_these: Callable[[tuple[Change, ...]], "Idea"] | None = None  # says it anew of some of its changes

    def only(self, kept: tuple[Change, ...]) -> "Idea":
        """The idea of these changes alone: its words and predictions count no others."""
        if kept == self.changes:
            return self
        return replace(self, changes=kept) if self.of_these is None else self.of_these(kept)

    @property
    def about(self) -> frozenset[tuple[str, ...]]:
        return frozenset((each.type, each.id, each.field, *_place(each)) for each in self.changes)


class Desk:
    """One agent at work: it remembers what it asked, and leaves that alone for an hour."""

    def __init__(
        self, door: Orchestr, *, name: str, workflow: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.door = door
        self.log = logging.getLogger(name)
        self._name = name
        self._workflow = workflow
        self._clock = clock
        self._asked: dict[tuple[str, ...], float] = {}

    def propose(self, ideas: Iterable[Idea], *, most: int = 1) -> list[Proposal]:
        """The first ideas that are new and that policy would let a person see, each as a run of its own."""
        made: list[Proposal] = []
        for idea in ideas:
            if len(made) == most:
                break
            if self._is_new(idea) and (proposal := self._run(idea)) is not None:
                made.append(proposal)
        return made

    def asked(self) -> list[str]:
        """The names of what was asked about within the hour, for an agent that goes its own way."""
        now = self._clock()
        return sorted(about[0] for about, at in self._asked.items() if now - at < QUIET_S)

    def remember(self, name: str) -> None:
        self._asked[(name,)] = self._clock()

    def _is_new(self, idea: Idea) -> bool:
        now = self._clock()
        return all(now - self._asked.get(each, -QUIET_S) >= QUIET_S for each in idea.about)

    def _run(self, idea: Idea) -> Proposal | None:
        self._asked |= dict.fromkeys(idea.about, self._clock())
        with self.door.start_run(self._workflow, event_type="schedule.round", source=f"examples/{self._name}") as run:
            run.report("reason", status="ok", note=idea.rationale)
            kept = _allowed(run, idea)
            if kept is None:
                run.summary = "Policy would refuse every one of these, so I do not ask."
                return None
            proposal = _submit(run, kept)
            run.summary = (
                f"Proposed {counted(len(kept.changes), 'change')}: {STATES.get(proposal.state, proposal.state)}."
            )
        self.log.info("%s: %s (%s)", kept.summary, proposal.state, proposal.tier)
        return proposal


def _allowed(run: Run, idea: Idea) -> Idea | None:
    """The idea without what policy would refuse; all of it or nothing where it is one thing."""
    findings = run.check(idea.changes, **_content(idea))["findings"]
    refused = {index for each in findings if each["effect"] == "refuse" for index in each["items"]}
    if refused and idea.atomicity != "per_item":
        return None
    kept = tuple(change for index, change in enumerate(idea.changes) if index not in refused)
    return idea.only(kept) if kept else None


def _submit(run: Run, idea: Idea) -> Proposal:
    there = [each for each in (*idea.changes, *idea.beside) if each.before is not None]  # what is made is not there yet
    evidence = run.observe(there)
    for source, value in idea.claims:
        evidence += run.claim(source, value)
    return run.propose(idea.changes, evidence=evidence, **_content(idea))


def _content(idea: Idea) -> dict[str, Json]:
    return {
        "summary": idea.summary,
        "rationale": idea.rationale,
        "confidence": idea.confidence,
        "atomicity": idea.atomicity,
        "objectives": dict(idea.objectives),
        "predictions": [dict(each) for each in idea.predictions],
    }


def _place(change: Change) -> tuple[str, ...]:
    return tuple(f"{name}={part}" for name, part in sorted(change.address.items()) if part)


def own_desk(key: str) -> Desk:
    """The desk of the example agent `key`, from ORCHESTR_URL and `demo.json` in ORCHESTR_DATA.

    Exits with what to do where `make run` has not employed it.
    """
    url, token, workflow = credentials(key)
    return Desk(Orchestr(url, token), name=key, workflow=workflow)


def credentials(key: str) -> tuple[str, str, str]:
    """Address, token and workflow."""
    file = Path(os.environ.get("ORCHESTR_DATA", "var")) / "demo.json"
    held = json.loads(file.read_text()) if file.is_file() else {}
    found = next((agent for agent in held.get("agents", []) if agent["key"] == key), None)
    if found is None:
        sys.exit(f"There is no agent {key} in {file}: start the product with DEMO_EXAMPLES=1 make run.")
    return os.environ.get("ORCHESTR_URL", "http://127.0.0.1:8000"), found["token"], found["workflow"]


def work(
    round_: Callable[[], object], *, name: str, until: float, pause_s: float, stop: Callable[[float], bool]
) -> None:
    """Round after round until then. What goes wrong ends a round, not the agent: the next one may go well again."""
    log = logging.getLogger(name)
    while time.monotonic() < until:
        try:
            round_()
        except (Refused, Lost) as refused:
            log.warning("stopped for now: %s", refused)
        except Exception:
            log.exception("this round failed")
        if stop(min(pause_s, max(0.0, until - time.monotonic()))):
            return


def log_plainly() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    for chatty in ("httpx", "httpx2", "mcp"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def main(round_: Callable[[Desk], object], key: str) -> None:
    """`python -m examples.NAME [--minutes 10] [--pause 90]`; one round without `--minutes`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=0, help="how long it works; without it one round")
    parser.add_argument("--pause", type=float, default=PAUSE_S, help="seconds between rounds")
    given = parser.parse_args()
    log_plainly()
    desk = own_desk(key)
    if not given.minutes:
        try:
            round_(desk)
        except (Refused, Lost) as refused:
            sys.exit(str(refused))
        return

    def pause(seconds: float) -> bool:
        time.sleep(seconds)
        return False

    work(lambda: round_(desk), name=key, until=time.monotonic() + given.minutes * 60, pause_s=given.pause, stop=pause)
