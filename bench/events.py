"""A swarm: ten thousand events that are one, in a stated time, while other agents go on submitting."""

import json
import threading
import time
from typing import Any
from uuid import uuid4

from django.utils import timezone

from bench.clients import Line, Tally, drive, request
from bench.company import Client, Company
from bench.house import House, put_aside
from bench.report import Report, quantile
from bench.submissions import requests
from orchestr.policy.values import digest
from orchestr.runs.models import Run
from orchestr.triggers.definition import Definition
from orchestr.triggers.models import Trigger, Window

EVENTS, TOGETHER, WITHIN_S = 10_000, 100, 10.0
OTHERS = 2


def measure(house: House, company: Company, report: Report, options: dict[str, Any]) -> None:
    """One agent sends as fast as the target asks, a hundred at a time; two others submit without a pause."""
    web = house.web()
    noisy = company.clients[0]
    trigger = trigger_of(noisy)
    _submit(web.url, company, seconds=1.0)
    put_aside()
    idle: list[float] = []
    busy: list[float] = []
    took: list[float] = []
    for _ in range(options["rounds"]):
        idle.append(1000 * quantile(_submit(web.url, company, seconds=WITHIN_S / 2).seconds, 0.95))
        put_aside()
        swarm = _Swarm(web.url, noisy)
        swarm.start()
        busy.append(1000 * quantile(_submit(web.url, company, seconds=WITHIN_S / 2).seconds, 0.95))
        swarm.join()
        took.append(swarm.took)
        put_aside()
    report.title(f"{EVENTS:,} near-duplicate events, {OTHERS} other agents submitting, one web process")
    report.target("until all of them are answered", max(took), "s", at_most=1.1 * WITHIN_S)
    quiet = report.figure("the others' p95, idle", idle, "ms")
    loud = report.figure("the others' p95 meanwhile", busy, "ms")
    report.ratio("the others' p95 ÷ idle", loud / quiet, at_most=1.5)
    counted = Window.objects.get(trigger=trigger).count
    report.target(
        "runs that they are", Run.objects.filter(collapsed__trigger=trigger).distinct().count(), "", at_most=1
    )
    report.target("events that its counter says", counted, "", at_least=EVENTS * options["rounds"])
    house.live.stop("web")


class _Swarm(threading.Thread):
    """All of the events within the time the target gives, evenly; `took` is when the last was answered."""

    def __init__(self, url: str, client: Client) -> None:
        super().__init__()
        self._url = url
        self._bodies = [_batch(url, client) for _ in range(EVENTS // TOGETHER)]
        self.took = 0.0

    def run(self) -> None:
        line, began = Line(self._url), time.perf_counter()
        for n, body in enumerate(self._bodies):
            due = began + n * WITHIN_S / len(self._bodies)
            time.sleep(max(0.0, due - time.perf_counter()))
            status, answer = line.ask(body)
            if status != 201:
                raise RuntimeError(f"A batch was answered {status}: {answer.decode(errors='replace')[:300]}")
        self.took = time.perf_counter() - began
        line.close()


def _submit(url: str, company: Company, *, seconds: float) -> Tally:
    others = requests(url, company, 1)[1 : OTHERS + 1]
    return drive(url, others, seconds=seconds, expect=201)


def _batch(url: str, client: Client) -> bytes:
    events = [
        {
            "specversion": "1.0",
            "id": str(uuid4()),
            "source": "bench",
            "type": "stock.slow",
            "subject": "variant/V-0",
            "data": {"on_hand": n},
        }
        for n in range(TOGETHER)
    ]
    headers = {"authorization": f"Bearer {client.token}", "content-type": "application/json"}
    return request("POST", f"{url}/api/v1/events/batch", body=json.dumps({"events": events}).encode(), headers=headers)


def trigger_of(client: Client, type: str = "stock.slow") -> Trigger:
    """One on the agent's workflow, as it would be after a second person's confirmation."""
    definition: Any = Definition(types=(type,)).wire()
    run = Run.objects.select_related("workflow").get(pk=client.run_id)
    at = timezone.now()
    return Trigger.objects.create(
        key=f"bench-{uuid4().hex[:8]}", name="Bench", workflow=run.workflow, kind="event", definition=definition,
        digest=digest(definition), looked_at=at, created_at=at, changed_at=at,
    )  # fmt: skip
