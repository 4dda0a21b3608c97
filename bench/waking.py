"""From an event to the run in the hands of the agent that waits for it: a long poll, over HTTP, on the real processes."""

import json
import threading
import time
from dataclasses import dataclass
from queue import Queue
from typing import Any
from uuid import uuid4

from bench.clients import Line, request
from bench.company import Client, Company
from bench.events import trigger_of
from bench.house import House
from bench.report import Report, quantile

TYPE = "stock.asked"
AT_MOST_MS = 100.0
ASKED, FIRST = 25, 3  # counted, and sent before to warm up
APART_S = 0.05  # so that every agent waits again before the next event
SHAPES = ((1, 1), (8, 1), (8, 5))  # agents, and processes of each that wait


@dataclass(frozen=True, slots=True)
class _Woken:
    """When a waiting process had its run, and the subject of the event it was for."""

    at: float
    subject: str


def measure(house: House, company: Company, report: Report, options: dict[str, Any]) -> None:
    """One event at a time, now for one agent and now for another, while all of them wait."""
    web = house.web()
    for client in company.clients:
        trigger_of(client, TYPE)
        _emptied(web.url, client)
    report.title(f"From an event to the agent that waits for the next run (median of {ASKED}, one web process)")
    for agents, processes in SHAPES:
        clients = company.clients[:agents]
        sent, accepted = _measured(web.url, clients, processes)
        name = f"{len(clients)} agents" if processes == 1 else f"{len(clients)} agents, {processes} processes each"
        report.figure(f"{name}: after the event was accepted", [quantile(accepted, 0.5)], "ms")
        report.figure(f"{name}: 95th percentile, from sending it", [quantile(sent, 0.95)], "ms")
        report.target(f"{name}: from sending it", quantile(sent, 0.5), "ms", at_most=AT_MOST_MS)
    house.live.stop("web")


def _measured(url: str, clients: list[Client], processes: int) -> tuple[list[float], list[float]]:
    """Milliseconds from sending an event, and from the answer that it was taken, until its run was in hand."""
    woken: Queue[_Woken] = Queue()
    over = threading.Event()
    waiters = [_Waiter(url, client, woken, over) for client in clients for _ in range(processes)]
    for waiter in waiters:
        waiter.start()
    line, sent, accepted = Line(url), [], []
    for n in range(FIRST + ASKED):
        time.sleep(APART_S)
        client, subject = clients[n % len(clients)], f"variant/{uuid4()}"
        raw = _event(url, client, subject)
        began = time.perf_counter()
        status, body = line.ask(raw)
        taken = time.perf_counter()
        if status != 201 or json.loads(body)["outcome"] != "started":
            raise RuntimeError(f"The event was answered {status}: {body.decode(errors='replace')[:300]}")
        in_hand = woken.get(timeout=10)
        if in_hand.subject != subject:
            raise RuntimeError(f"Waited for {subject}, got {in_hand.subject}")
        if n >= FIRST:
            sent.append(1000 * (in_hand.at - began))
            accepted.append(1000 * (in_hand.at - taken))
    over.set()
    for waiter in waiters:
        waiter.join()
    line.close()
    return sent, accepted


class _Waiter(threading.Thread):
    """One process of an agent: waits, ends the run that it gets, and waits again."""

    def __init__(self, url: str, client: Client, woken: Queue[_Woken], over: threading.Event) -> None:
        super().__init__()
        self._url, self._client, self._woken, self._over = url, client, woken, over

    def run(self) -> None:
        line = Line(self._url)
        wait = _post(self._url, self._client, "/runs/next?wait=2", {})
        while not self._over.is_set():
            status, body = line.ask(wait)
            at = time.perf_counter()
            if status == 200:
                run = json.loads(body)["run"]
                self._woken.put(_Woken(at, run["event"]["subject"]))
                self._end(line, run["id"])
            elif status != 204:
                raise RuntimeError(f"A wait was answered {status}: {body.decode(errors='replace')[:300]}")
        line.close()

    def _end(self, line: Line, run: str) -> None:
        """So that no lease runs out under a later event."""
        for path, body in (
            (f"/runs/{run}/steps", {"kind": "looked", "status": "ok"}),
            (f"/runs/{run}/finish", {"outcome": "done", "summary": "Nothing to do."}),
        ):
            status, answer = line.ask(_post(self._url, self._client, path, body))
            if status not in (200, 201):
                raise RuntimeError(f"{path} was answered {status}: {answer.decode(errors='replace')[:300]}")


def _emptied(url: str, client: Client) -> None:
    """Take what waits for it from earlier parts."""
    line = Line(url)
    while line.ask(_post(url, client, "/runs/next", {}))[0] == 200:
        pass
    line.close()


def _event(url: str, client: Client, subject: str) -> bytes:
    body = {"specversion": "1.0", "id": str(uuid4()), "source": "bench", "type": TYPE, "subject": subject, "data": {}}
    return _post(url, client, "/events", body)


def _post(url: str, client: Client, path: str, body: dict[str, Any]) -> bytes:
    headers = {"authorization": f"Bearer {client.token}", "content-type": "application/json"}
    return request("POST", f"{url}/api/v1{path}", body=json.dumps(body).encode(), headers=headers)
