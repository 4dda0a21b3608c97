"""Simulation: a policy tried on what was really proposed. Reads only; nothing it finds changes anything."""

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from datetime import datetime

from orchestr.outcomes import history
from orchestr.outcomes.judging import begin, judge
from orchestr.outcomes.replay import Past, Replayed, replay
from orchestr.outcomes.report import Report
from orchestr.policy.ruleset import Policy

Progress = Callable[[int], None]
AHEAD = 2  # chunks handed out to each process beyond the one it works on


def simulate(
    *, policy: Policy, since: datetime, until: datetime, processes: int = 1, progress: Progress | None = None
) -> Report:
    """Judge again every proposal submitted in (since, until], and say what would differ.

    With several processes the judging is spread and this one reads and counts; the figures are the same. `progress`
    is told after each chunk how many are done. The facts are those of then: what stood in the ledger beside a
    proposal is what the policy of then had let stand.
    """
    report = Report()
    chunks = history.past(since=since, until=until)
    results = _here(chunks, policy) if processes == 1 else _spread(chunks, policy, processes)
    for each in results:
        report.add_all(each)
        if progress is not None:
            progress(report.replayed)
    return report


def _here(chunks: Iterable[list[Past]], policy: Policy) -> Iterator[list[Replayed]]:
    for chunk in chunks:
        yield [replay(each, policy) for each in chunk]


def _spread(chunks: Iterable[list[Past]], policy: Policy, processes: int) -> Iterator[list[Replayed]]:
    """In order, with a bounded number of chunks on their way."""
    context = multiprocessing.get_context("spawn")  # a fork would share the database connection
    with ProcessPoolExecutor(
        max_workers=processes, mp_context=context, initializer=begin, initargs=(policy.wire(), policy.number)
    ) as pool:
        under_way: deque[Future[list[Replayed]]] = deque()
        for chunk in chunks:
            under_way.append(pool.submit(judge, chunk))
            if len(under_way) > processes * AHEAD:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
