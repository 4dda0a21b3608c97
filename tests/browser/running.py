"""Everything that `make run` starts, as one child process of a test, with a data folder of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
from psycopg.rows import dict_row

from launch.child import tied_to_starter
from launch.deployment import REPOSITORY
from launch.ports import free_port

type Json = Any
OURS = ("DATABASE_", "BROKER_", "CHANNEL_", "ORCHESTR_", "DJANGO_", "PYTEST_", "MAKELEVEL")
NPM_CACHE = REPOSITORY / "var" / "cache"


class Running:
    """A supervisor that has said its ready line."""

    def __init__(self, data: Path, **settings: str) -> None:
        self.data, self.port = data, free_port()
        data.mkdir(mode=0o711, parents=True)
        NPM_CACHE.mkdir(parents=True, exist_ok=True)
        (data / "cache").symlink_to(NPM_CACHE)  # npm is asked once per lock file, not once per test
        asked = {"PORT": str(self.port), "ORCHESTR_DATA": str(data), "ORCHESTR_TAKE_BACK_S": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "launch"],
            cwd=REPOSITORY,
            env=_outer_environment() | asked | settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=tied_to_starter(signal.SIGINT),  # a killed test run leaves no company behind
        )
        assert self._process.stdout
        self.line = self._process.stdout.readline()
        assert "Orchestr is ready at" in self.line, self._process.communicate()[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def demo(self) -> dict[str, Json]:
        """`demo.json`: agents with their tokens, people, the shop, process ids."""
        found: dict[str, Json] = json.loads((self.data / "demo.json").read_text())
        return found

    @property
    def environment(self) -> dict[str, str]:
        lines = (self.data / "environment").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)

    def rows(self, statement: str, *values: Json) -> list[dict[str, Json]]:
        """Look into the database as the app role."""
        with psycopg.connect(self.environment["DATABASE_URL"], row_factory=dict_row) as connection:
            return connection.execute(statement, values).fetchall()

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command of `manage.py`, the way an operator runs it beside `make run`."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=REPOSITORY,
            env=_outer_environment() | self.environment | {"ORCHESTR_DATA": str(self.data)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def ask(self, path: str, *, agent: str = "repricer", **query: Json) -> Json:
        """What one of the demo agents is answered."""
        token = next(each["token"] for each in self.demo["agents"] if each["key"] == agent)
        answer = httpx.get(f"{self.url}/api/v1{path}", params=query, headers={"Authorization": f"Bearer {token}"})
        answer.raise_for_status()
        return answer.json()

    @contextmanager
    def agent(self, name: str) -> Iterator[subprocess.Popen[bytes]]:
        """One more process of a demo agent: what it remembers is gone, what it reads is the shop of now."""
        with (self.data / "logs" / f"{name}-again.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", f"demo.agents.{name}"],
                cwd=REPOSITORY,
                env=_outer_environment() | {"ORCHESTR_DATA": str(self.data), "ORCHESTR_URL": self.url},
                stdout=log,
                stderr=log,
            )
            try:
                yield process
            finally:
                process.terminate()
                process.wait(20)

    def log(self, name: str, *, lines: int = 30) -> str:
        file = self.data / "logs" / f"{name}.log"
        return "\n".join(file.read_text(errors="replace").splitlines()[-lines:]) if file.exists() else ""

    def end(self) -> None:
        """Ctrl-C."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        self._process.communicate(timeout=60)


def _outer_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(OURS)}


def wait_for[T](look: Callable[[], T | None], *, within: float, what: str) -> T:
    """The first answer that is there."""
    end = time.monotonic() + within
    while not (found := look()):
        assert time.monotonic() < end, f"not within {within:.0f} s: {what}"
        time.sleep(0.1)
    return found
