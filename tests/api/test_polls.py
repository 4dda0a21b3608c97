"""Five hundred agents wait for one decision; the web process holds ten connections and answers everybody else."""

import asyncio
import json
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from launch.live import Live
from orchestr.agents.models import Agent, AgentToken
from orchestr.api import polls
from orchestr.refusal import Refusal
from tests import make
from tests.conftest import Committed
from tests.proposals.propose import single
from tests.runs.operate import queue_run
from tests.visitor import Visitor

WAITING, POOL = 500, 10
NAMED = "web"  # of its own database connections
TICK_S = os.sysconf("SC_CLK_TCK")


class Poll:
    """An agent that asks, each time on a connection of its own, until the proposal is another than it knows."""

    answer: asyncio.Task[tuple[int, Any]]

    def __init__(self, port: int, path: str, token: str, *, knows: int) -> None:
        self._port, self._knows = port, knows
        lines = (f"GET {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {token}", "Connection: close")
        self._request = "\r\n".join((*lines, "", "")).encode()

    @classmethod
    async def send(cls, port: int, path: str, token: str, *, knows: int) -> "Poll":
        poll = cls(port, path, token, knows=knows)
        poll.answer = asyncio.create_task(poll._until_changed(*await poll._send()))
        return poll

    async def _send(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(self._request)
        await writer.drain()
        return reader, writer

    async def _until_changed(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[int, Any]:
        while True:
            head, _, body = (await reader.read()).partition(b"\r\n\r\n")
            writer.close()
            status, answer = int(head.split()[1]), json.loads(body)
            if status != 200 or answer["revision"] != self._knows:
                return status, answer
            # A wait that ended without a change was answered with what is known: a slow machine asks again.
            reader, writer = await self._send()


# Of this test's own database: the server has those of tests beside it too, and their web processes.
_COUNT = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s AND datname = current_database()"


class Connections(threading.Thread):
    """Counts the web process's database connections as fast as it can, until told to stop."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self._url, self._over = url, threading.Event()
        self.most = self.looked = 0

    def run(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            while not self._over.is_set():
                row = connection.execute(_COUNT, [NAMED]).fetchone()
                assert row is not None
                self.most = max(self.most, row[0])
                self.looked += 1
                self._over.wait(0.002)

    def end(self) -> None:
        self._over.set()
        self.join()


@contextmanager
def counted(url: str) -> Iterator[Connections]:
    watch = Connections(url)
    watch.start()
    try:
        yield watch
    finally:
        watch.end()


def answered(polls: list[Poll]) -> list[tuple[int, Any]]:
    """What those were told that wait no longer."""
    return [poll.answer.result() for poll in polls if poll.answer.done()]


async def at_rest(pid: int) -> None:
    """Until the process has done nothing for a second: whatever it was sent, it has taken up and put aside."""
    end = time.monotonic() + 90
    before, quiet = -1.0, 0
    while quiet < 4:
        assert time.monotonic() < end, "the web process is still at work"
        await asyncio.sleep(0.25)
        now = _worked_s(pid)
        quiet = quiet + 1 if now - before < 0.02 else 0
        before = now


def _worked_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK_S


@pytest.mark.faults
def test_five_hundred_polls_hold_no_connection_and_one_decision_answers_them_all(
    committed: Committed, processes: Live
) -> None:
    house = make.house()
    proposal = single(house)
    processes.env |= {"PYTHONPATH": "tests/packages"}
    with counted(committed.superuser_url) as connections:
        web = processes.web()
        with Visitor(web.url, "mia") as mia:
            asyncio.run(_wait_and_decide(web.url, web.pid, house.token, proposal.pk, proposal.revision, mia))
    assert connections.looked > 100
    assert 0 < connections.most <= POOL


async def _wait_and_decide(url: str, pid: int, token: str, proposal_id: object, revision: int, mia: Visitor) -> None:
    path = f"/api/v1/proposals/{proposal_id}?wait=30&after={revision}"
    port = int(url.rsplit(":", 1)[1])
    polls = [await Poll.send(port, path, token, knows=revision) for _ in range(WAITING)]
    await at_rest(pid)
    assert answered(polls) == []

    other = await asyncio.to_thread(
        httpx.get, f"{url}/api/v1/tools", headers={"Authorization": f"Bearer {token}"}, timeout=20
    )
    assert other.status_code == 200
    assert (await asyncio.to_thread(httpx.get, f"{url}/healthz", timeout=20)).status_code == 200
    page = await asyncio.to_thread(mia.page, "/reviews/")
    assert str(proposal_id) in page
    assert answered(polls) == []

    decided = await asyncio.to_thread(mia.act, f"/reviews/{proposal_id}/", "approve")
    assert decided.status_code == 200
    answers = await asyncio.gather(*(poll.answer for poll in polls))
    assert {status for status, _ in answers} == {200}
    assert {answer["state"] for _, answer in answers} == {"approved"}
    assert all(answer["revision"] > revision for _, answer in answers)
    assert {len(answer["decisions"]) for _, answer in answers} == {1}


@pytest.mark.parametrize("ends", ["revoked", "expired", "retired"])
def test_nothing_is_looked_at_for_a_token_that_ended_while_it_waited(committed: Committed, ends: str) -> None:
    house = make.house()
    token = AgentToken.objects.select_related("agent").get(agent=house.agent)
    looked = []

    def look() -> str | None:
        looked.append(token)
        if len(looked) > 1:
            return "a run that waited"
        if ends == "revoked":
            AgentToken.objects.update(revoked_at=make.now())
        elif ends == "expired":
            AgentToken.objects.update(expires_at=make.now())
        else:
            Agent.objects.update(retired_at=make.now())
        return None

    with pytest.raises(Refusal) as caught:
        asyncio.run(polls.until(look, about=token.agent_id, wait=0.2, token=token))
    assert (caught.value.status, len(looked)) == (401, 1)


def test_a_token_that_lives_is_answered_after_it_waited(committed: Committed) -> None:
    token = AgentToken.objects.get(agent=make.house().agent)
    found = iter([None, "a run that waited"])
    assert asyncio.run(polls.until(lambda: next(found), about="agent", wait=0.2, token=token)) == "a run that waited"


@pytest.mark.faults
def test_a_run_that_comes_after_the_token_was_revoked_is_handed_to_nobody(
    committed: Committed, processes: Live
) -> None:
    house = make.house()
    processes.env |= {"PYTHONPATH": "tests/packages"}
    web = processes.web()
    with ThreadPoolExecutor(1) as threads:
        headers = {"Authorization": f"Bearer {house.token}"}
        asked = threads.submit(httpx.post, f"{web.url}/api/v1/runs/next?wait=30", headers=headers, timeout=60)
        asyncio.run(at_rest(web.pid))
        assert not asked.done()
        AgentToken.objects.update(revoked_at=make.now())
        run = queue_run(house)
        answer = asked.result(timeout=60)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    run.refresh_from_db()
    assert run.state == "queued"
