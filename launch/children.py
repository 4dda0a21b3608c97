"""All children of one supervisor: started in order, started again when they end, stopped in reverse."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from launch import reaper
from launch.child import Child, ChildFailed, Command, kill_group, start
from launch.interruption import Interruption

# A child that lived this long starts again at once; one that dies sooner waits longer each time.
STEADY_AFTER = 10.0
LONGEST_DELAY = 10.0


@dataclass(slots=True)
class Place:
    """Where one command runs now, and when it may start again if it does not."""

    command: Command
    child: Child | None = None
    deaths: int = 0
    again_at: float = field(default=0.0)


class Children:
    """The children by stage; those of a later stage lean on those of an earlier one."""

    def __init__(self, interruption: Interruption, *, kept_open: int) -> None:
        self._interruption = interruption
        self._stages: list[list[Place]] = []
        self._kept_open = kept_open
        self._reaper = _start_reaper(kept_open)

    def add_stage(self, *commands: Command) -> None:
        """Start these side by side; they stop before every stage that stands already."""
        places = [Place(command) for command in commands]
        self._stages.append(places)
        for place in places:
            self._start(place)

    def await_answer(self, answers: Callable[[], bool], *, of: str, within: float = 30.0, every: float = 0.05) -> None:
        """Wait until `answers()`. Raises ChildFailed when any child ends first, or `of` does not answer in time.

        Looks `every` so many seconds.
        """
        until = time.monotonic() + within
        while not answers():
            for place in self._places():
                if place.child and (place.child.exit_code() is not None or self._is_late(place, of, until)):
                    raise ChildFailed(place.child)
            self._interruption.wait(every)

    def run(self, command: Command) -> None:
        """Run one command to its end. Raises ChildFailed unless it ends well."""
        child = start(command)
        self._tell(f"+{child.pid} {int(command.stop_signal)}")
        try:
            while child.exit_code() is None:
                self._interruption.wait(1.0)
        finally:
            child.stop()
            self._tell(f"-{child.pid}")
        if child.exit_code() != 0:
            raise ChildFailed(child)

    def pids(self) -> dict[str, int]:
        """The process id of everything that runs now, by name."""
        return {place.command.name: place.child.pid for place in self._places() if place.child}

    def revive(self) -> bool:
        """Start again what has ended; says on standard error what and why. True if anything was started."""
        started = False
        if self._reaper.poll() is not None:  # what was told it just before it ended failed nowhere
            self._replace_reaper()
        for place in self._places():
            if place.child and place.child.exit_code() is not None:
                self._note_end(place, place.child)
            if place.child is None and time.monotonic() >= place.again_at:
                self._start(place)
                started = True
        return started

    def stop(self) -> None:
        """Stop stage by stage in reverse order. A second request to stop meanwhile ends everything at once."""
        for places in reversed(self._stages):
            self._stop_stage([place.child for place in places if place.child])
        if self._reaper.stdin:
            self._reaper.stdin.close()
        self._reaper.wait()

    def _stop_stage(self, children: list[Child]) -> None:
        asked = time.monotonic()
        for child in children:
            child.ask_to_stop()
        while any(
            child.exit_code() is None and time.monotonic() < asked + child.command.stop_within for child in children
        ):
            if self._interruption.hurried:
                break
            self._interruption.pause(0.05)
        for child in children:
            child.kill()
            self._tell(f"-{child.pid}")

    def _start(self, place: Place) -> None:
        place.child = start(place.command)
        self._tell(f"+{place.child.pid} {int(place.command.stop_signal)}")

    def _note_end(self, place: Place, child: Child) -> None:
        kill_group(child.pid)
        self._tell(f"-{child.pid}")
        steady = time.monotonic() - child.started > STEADY_AFTER
        place.deaths = 1 if steady else place.deaths + 1
        delay = 0.0 if place.deaths == 1 else min(LONGEST_DELAY, 0.5 * 2 ** (place.deaths - 2))
        place.again_at, place.child = time.monotonic() + delay, None
        code, name = child.exit_code(), place.command.name
        print(f"{name} ended with code {code} and starts again; see {place.command.log}", file=sys.stderr)

    def _places(self) -> Iterator[Place]:
        for places in self._stages:
            yield from places

    def _is_late(self, place: Place, of: str, until: float) -> bool:
        return place.command.name == of and time.monotonic() > until

    def _tell(self, line: str) -> None:
        try:
            _write(self._reaper, line)
        except BrokenPipeError:  # Somebody ended the reaper.
            self._replace_reaper()

    def _replace_reaper(self) -> None:
        """A new one, which has to be told of everybody."""
        self._reaper = _start_reaper(self._kept_open)
        for place in self._places():
            if place.child and place.child.exit_code() is None:
                _write(self._reaper, f"+{place.child.pid} {int(place.command.stop_signal)}")


def _write(reaper_process: subprocess.Popen[bytes], line: str) -> None:
    assert reaper_process.stdin
    reaper_process.stdin.write(f"{line}\n".encode())
    reaper_process.stdin.flush()


def _start_reaper(kept_open: int) -> subprocess.Popen[bytes]:
    """Start the reaper; it keeps `kept_open` (the data folder's lock) until everything has ended."""
    return subprocess.Popen(
        [sys.executable, "-S", "-E", str(Path(reaper.__file__))],
        stdin=subprocess.PIPE,
        start_new_session=True,
        pass_fds=(kept_open,),
        cwd="/",
    )
