"""The whole of `make run`: one line, everything well, an orderly end, and nothing left after kill -9."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from launch.deployment import REPOSITORY
from launch.pages import ask
from launch.ports import free_port

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]
OURS = ("DATABASE_", "BROKER_", "CHANNEL_", "ORCHESTR_", "DJANGO_", "PYTEST_", "MAKELEVEL")
WITHIN = 240.0


class Run:
    """One supervisor over a data folder."""

    def __init__(self, data: Path, **settings: str) -> None:
        self.data, self.port = data, free_port()
        env = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "launch"],
            cwd=REPOSITORY,
            env=env | {"PORT": str(self.port), "ORCHESTR_DATA": str(data), "DEMO_AGENTS": "0"} | settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def await_line(self) -> str:
        """The line it prints when everything is ready."""
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, self.process.communicate()[1]
        return line

    def demo(self) -> dict:
        return json.loads((self.data / "demo.json").read_text())

    def children(self) -> set[int]:
        return {pid for name, pid in self.demo()["pids"].items() if name != "supervisor"}

    def database(self) -> psycopg.Connection:
        lines = (self.data / "environment").read_text().splitlines()
        return psycopg.connect(dict(line.split("=", 1) for line in lines)["DATABASE_URL"])

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=60)


def using(data: Path) -> list[int]:
    """Every living process that names the data folder in its arguments or works in it: all of one run."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            told = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
            named = str(data) in os.fsdecode(told) + os.readlink(entry / "cwd")
            ended = (entry / "stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
        except OSError:
            continue
        if named and not ended:
            found.append(int(entry.name))
    return found


def wait_until_gone(data: Path) -> None:
    until = time.monotonic() + 30
    while using(data):
        assert time.monotonic() < until, using(data)
        time.sleep(0.05)


@pytest.fixture
def data():
    """A data folder that PostgreSQL's account can reach too, which pytest's own folders are not."""
    folder = Path(tempfile.mkdtemp(prefix="orchestr-run-"))
    folder.chmod(0o711)
    yield folder / "var"
    wait_until_gone(folder)
    shutil.rmtree(folder)


@pytest.fixture
def start(data):
    runs = []

    def start_run(**settings: str) -> Run:
        runs.append(Run(data, **settings))
        return runs[-1]

    yield start_run
    for run in runs:
        run.end()


def test_says_one_line_serves_and_ends_in_order(start):
    run = start()
    line = run.await_line()

    assert f"http://127.0.0.1:{run.port}" in line
    assert "mia" in line
    assert ask(f"http://127.0.0.1:{run.port}/readyz").status == 200
    assert {"supervisor", "postgres", "valkey", "shop", "erp", "web", "publish", "catalogue", "sealer", "beat"} == set(
        run.demo()["pids"]
    )
    assert run.children() <= set(using(run.data))

    run.process.send_signal(signal.SIGINT)
    rest, errors = run.process.communicate(timeout=60)

    assert (run.process.returncode, rest, errors) == (0, "", "")
    wait_until_gone(run.data)
    assert "database system is shut down" in (run.data / "logs" / "postgres.log").read_text()


def test_a_kill_leaves_nothing_running_and_loses_nothing(start):
    first = start()
    first.await_line()
    with first.database() as connection:
        connection.execute("INSERT INTO orchestr_pulse (name, at) VALUES ('before the kill', now())")
    agents = first.demo()["agents"]

    first.process.kill()
    first.process.wait()
    wait_until_gone(first.data)

    second = start()
    second.await_line()
    with second.database() as connection:
        row = connection.execute("SELECT count(*) FROM orchestr_pulse WHERE name = 'before the kill'").fetchone()
    assert row == (1,)
    assert second.demo()["agents"] == agents


def test_a_second_supervisor_on_the_same_folder_is_refused(start):
    first = start()
    first.await_line()

    second = start()
    _, errors = second.process.communicate(timeout=60)

    assert second.process.returncode == 1
    assert "in use by another" in errors
    assert ask(f"http://127.0.0.1:{first.port}/healthz").status == 200


def test_a_taken_port_is_said_before_anything_starts(start, data):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        run = start(PORT=str(taken.getsockname()[1]))
        _, errors = run.process.communicate(timeout=60)

    assert run.process.returncode == 1
    assert "is taken" in errors
    assert not (data / "postgres").exists()
