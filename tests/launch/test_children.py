"""Children start in order, start again when they die, and never outlive the supervisor."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from launch.deployment import REPOSITORY

SUPERVISOR = """
import os, sys, time
from pathlib import Path
from launch.child import Command
from launch.children import Children
from launch.interruption import Interruption, Stopped

folder = Path(sys.argv[1])
interruption = Interruption()
lock = os.open(folder / "lock", os.O_CREAT | os.O_RDWR)
children = Children(interruption, kept_open=lock)

def command(name, script):
    return Command(
        name=name, argv=(sys.executable, "-c", script, str(folder), name), environment={}, folder=folder,
        log=folder / f"{name}.log", stop_within=3.0,
    )

POLITE = '''
import os, signal, sys, time
from pathlib import Path
folder, name = Path(sys.argv[1]), sys.argv[2]
def end(*_):
    with (folder / "ended").open("a") as ended:
        ended.write(name + " ")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
(folder / f"{name}.pid").write_text(str(os.getpid()))
while True: time.sleep(60)
'''
DEAF = '''
import os, signal, sys, time
from pathlib import Path
folder, name = Path(sys.argv[1]), sys.argv[2]
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = os.fork()
(folder / f"{name}{'-child' if child == 0 else ''}.pid").write_text(str(os.getpid()))
while True: time.sleep(60)
'''
try:
    children.add_stage(command("first", POLITE))
    children.add_stage(command("second", POLITE), command("deaf", DEAF))
    while True:
        interruption.wait(0.1)
        children.revive()
except Stopped:
    children.stop()
"""


def wait_for(seen: Callable[[], bool], *, within: float = 15.0) -> None:
    until = time.monotonic() + within
    while not seen():
        assert time.monotonic() < until, "it never came about"
        time.sleep(0.02)


def lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):  # gone before it was opened, or between that and the read
        return False
    return state != "Z"


class Supervised:
    NAMES = ("first", "second", "deaf", "deaf-child")

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process = subprocess.Popen([sys.executable, "-c", SUPERVISOR, str(folder)], cwd=REPOSITORY)
        wait_for(lambda: all(self.pid(name) for name in self.NAMES))

    def pid(self, name: str) -> int:
        file = self.folder / f"{name}.pid"
        return int(file.read_text() or 0) if file.exists() else 0

    def pids(self) -> list[int]:
        return [self.pid(name) for name in self.NAMES]


@pytest.fixture
def supervised(tmp_path):
    started = Supervised(tmp_path)
    yield started
    started.process.kill()
    started.process.wait()
    wait_for(lambda: not any(lives(pid) for pid in started.pids()))


def test_stops_later_stages_first_and_ends_what_does_not_listen(supervised):
    pids = supervised.pids()

    supervised.process.send_signal(signal.SIGINT)

    assert supervised.process.wait(timeout=15) == 0
    assert (supervised.folder / "ended").read_text() == "second first "
    assert not any(lives(pid) for pid in pids)


def test_a_killed_supervisor_leaves_nothing_running(supervised):
    pids = supervised.pids()

    supervised.process.kill()

    wait_for(lambda: not any(lives(pid) for pid in pids))
    assert sorted((supervised.folder / "ended").read_text().split()) == ["first", "second"]


def test_a_killed_child_starts_again_without_the_rest_of_its_group(supervised):
    before, orphan = supervised.pid("deaf"), supervised.pid("deaf-child")

    os.kill(before, signal.SIGKILL)

    wait_for(lambda: supervised.pid("deaf") not in (0, before) and supervised.pid("deaf-child") not in (0, orphan))
    assert not lives(orphan)
    assert lives(supervised.pid("deaf"))


def test_a_second_request_ends_everything_at_once(supervised):
    supervised.process.send_signal(signal.SIGINT)
    wait_for(
        lambda: (
            "second" in (supervised.folder / "ended").read_text() if (supervised.folder / "ended").exists() else False
        )
    )
    supervised.process.send_signal(signal.SIGINT)

    assert supervised.process.wait(timeout=15) == 0
    assert not any(lives(pid) for pid in supervised.pids())


def test_a_killed_reaper_is_replaced_and_told_of_everybody(supervised):
    reaper, first = reaper_of(supervised), supervised.pid("first")
    os.kill(reaper, signal.SIGKILL)
    os.kill(first, signal.SIGKILL)
    # Others in their place, not the same two that the signal has not reached yet.
    wait_for(lambda: reaper_of(supervised) not in (0, reaper) and supervised.pid("first") not in (0, first))

    supervised.process.kill()

    wait_for(lambda: not any(lives(pid) for pid in supervised.pids()))


def reaper_of(supervised: Supervised) -> int:
    """The living reaper's process id, or 0."""
    tasks = Path(f"/proc/{supervised.process.pid}/task/{supervised.process.pid}/children")
    for pid in map(int, tasks.read_text().split()):
        if lives(pid) and b"reaper.py" in Path(f"/proc/{pid}/cmdline").read_bytes():
            return pid
    return 0
