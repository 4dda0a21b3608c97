"""The processes of one run, and requests to them."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import redis
from django.conf import settings

from bench.clients import Line, request
from bench.company import Client, Company
from launch import ports, valkey
from launch.child import stop_all
from launch.deployment import LOOPBACK
from launch.live import Listening, Live
from launch.pages import ask
from launch.processes import ALONE, CELERY, Process
from launch.rehearsal import Broker

BARE = {"DJANGO_SETTINGS_MODULE": "bench.bare.settings", "ORCHESTR_POOL": "10"}


@dataclass(frozen=True, slots=True)
class House:
    """Real processes over the bench's servers; `live` knows their addresses."""

    live: Live
    shop_url: str

    def web(self) -> Listening:
        return self.live.web()

    def bare_web(self) -> Listening:
        """The bare twin's web process, served exactly as ours is."""
        port = ports.free_port()
        serve = ("uvicorn", "bench.bare.asgi:application", "--host", LOOPBACK, "--port", str(port))
        module = (*serve, "--timeout-graceful-shutdown", "3", "--no-access-log", "--no-server-header")
        row = Process(name="bare-web", module=module, reaches_servers=True, port=port, settings=BARE)
        url = f"http://{LOOPBACK}:{port}"
        child = self.live.start(row, ready=lambda: ask(f"{url}/healthz").status == 200)
        return Listening(url=url, child=child)

    def bare_worker(self) -> None:
        """The bare twin's worker, with as many processes as ours has."""
        module = (*(CELERY[:2]), "-A", "bench.bare.worker", "worker", "-Q", "bare", "-n", "bare@%h", *ALONE)
        module = (*module, "--pool", "prefork", "--concurrency", "2", "--loglevel", "INFO")
        token = Path(self.live.env["ORCHESTR_CREDENTIAL_DEMO_SHOP_PUBLISH_FILE"]).read_text().strip()
        more = {"BENCH_SHOP_URL": self.shop_url, "BENCH_SHOP_TOKEN": token, "ORCHESTR_CONN_MAX_AGE": "300"}
        row = Process(name="bare-worker", module=module, reaches_servers=True, settings=more)
        log = self.live.deployment.logs / "bare-worker.log"
        self.live.start(row, ready=lambda: b" ready." in log.read_bytes())

    def writes(self) -> list[tuple[float, str, str]]:
        """What the shop recorded: (monotonic time, variant, operation key)."""
        return [tuple(each) for each in self._shop("GET", "/_bench/writes")]

    def forget(self) -> None:
        self._shop("POST", "/_bench/forget")

    def slow(self, ms: int) -> None:
        """From now on the shop answers a write so much later than it has done it."""
        self._shop("POST", f"/_bench/slow?ms={ms}")

    def hold(self, variants: int) -> None:
        """From now on the shop's catalogue has so many variants of its own."""
        self._shop("POST", f"/_bench/hold?count={variants}")

    def bare_left(self) -> int:
        """Messages of the bare queue that wait or that nobody has acknowledged."""
        with redis.Redis(unix_socket_path=str(self.live.broker.server.socket)) as client:
            prefix = f"{settings.KEY_PREFIX}.celery."
            return int(client.llen(f"{prefix}bare")) + int(client.hlen(f"{prefix}unacked"))

    def _shop(self, method: str, path: str) -> Any:
        line = Line(self.shop_url)
        _status, body = line.ask(request(method, f"{self.shop_url}{path}"))
        line.close()
        return json.loads(body)


@contextmanager
def open_house() -> Iterator[House]:
    folder = Path(os.environ["ORCHESTR_DATA"])
    live = Live(
        folder=folder / "live",
        database_url=os.environ["DATABASE_URL"],
        broker=Broker(valkey.prepare(home=folder / "valkey")),
        secret_key_file=os.environ["ORCHESTR_SECRET_KEY_FILE"],
    )
    for name, value in live.env.items():
        if name.startswith("ORCHESTR_CREDENTIAL_"):
            os.environ[name] = value
    port = ports.free_port()
    token = Path(live.env["ORCHESTR_CREDENTIAL_DEMO_SHOP_PUBLISH_FILE"]).read_text().strip()
    shop = Process(name="shop", module=("bench.shop", "--port", str(port)), settings={"BENCH_SHOP_TOKEN": token})
    try:
        live.start(shop, ready=lambda: ports.is_answered(port))
        yield House(live, f"http://{LOOPBACK}:{port}")
    finally:
        stop_all(list(live.children.values()))


def submission(url: str, company: Company, client: Client, keys: list[str]) -> bytes:
    """One POST of a proposal with an idempotency key of its own."""
    headers = {
        "authorization": f"Bearer {client.token}",
        "content-type": "application/json",
        "idempotency-key": str(uuid4()),
    }
    body = json.dumps(company.body(keys)).encode()
    return request("POST", f"{url}/api/v1/runs/{client.run_id}/proposals", body=body, headers=headers)


_FORGOTTEN = """
UPDATE orchestr_proposal SET state = 'blocked', blocked_reason = 'withdrawn', settled_at = now()
WHERE state IN ('draft', 'approved');
UPDATE orchestr_exposure SET state = 'released' WHERE state <> 'released';
UPDATE orchestr_exposure_use SET state = 'released' WHERE state <> 'released';
DELETE FROM orchestr_exposure_total;
"""


def put_aside() -> None:
    """Nothing waits any more, and the tables are in the shape that autovacuum gives them overnight."""
    with psycopg.connect(os.environ["BENCH_OWNER_URL"], autocommit=True) as connection:
        connection.execute(_FORGOTTEN)
        for table in (
            "proposal",
            "exposure",
            "exposure_use",
            "exposure_total",
            "version",
            "idempotency_key",
            "budget_use",
        ):
            connection.execute(f"VACUUM (ANALYZE) orchestr_{table}")
