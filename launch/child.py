"""One child process: in a session of its own, told to stop when whoever started it dies."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from launch.account import Account

PR_SET_PDEATHSIG = 1
LARGE_LOG_BYTES = 10 * 1024**2
# Looked up before any fork: the child may not import or allocate much between fork and exec.
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What to run and how it wants to be stopped.

    `stop_signal` asks for an orderly end; after `stop_within` seconds the whole process group is killed.
    `inherits` are file descriptors the child keeps.
    """

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path
    log: Path
    stop_signal: signal.Signals = signal.SIGTERM
    stop_within: float = 8.0
    account: Account | None = None
    inherits: tuple[int, ...] = ()


@dataclass(slots=True)
class Child:
    """A started command."""

    command: Command
    popen: subprocess.Popen[bytes]
    started: float = field(default_factory=time.monotonic)

    @property
    def pid(self) -> int:
        return self.popen.pid

    def exit_code(self) -> int | None:
        """The exit code, or None while it runs."""
        return self.popen.poll()

    def ask_to_stop(self) -> None:
        """Send the command's own stop signal to the leader alone: it knows best how to end its pool."""
        if self.exit_code() is None:
            self.popen.send_signal(self.command.stop_signal)

    def kill(self) -> None:
        """End the whole process group at once, grandchildren included."""
        kill_group(self.pid)
        self.popen.wait()

    def stop(self) -> None:
        """Ask, wait `stop_within` seconds, then end whatever is left of the group."""
        self.ask_to_stop()
        self.await_end(until=time.monotonic() + self.command.stop_within)

    def await_end(self, *, until: float) -> None:
        """Wait for an orderly end until the monotonic time `until`, then end whatever is left of the group."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.popen.wait(timeout=max(0.0, until - time.monotonic()))
        self.kill()

    def log_tail(self, *, lines: int = 25) -> str:
        """The last lines this command wrote, for a message about why it failed."""
        return tail(self.command.log, lines=lines)


class ChildFailed(Exception):
    """A child ended, or never answered; the message carries what it last wrote."""

    def __init__(self, child: Child) -> None:
        ended = child.exit_code()
        how = "did not answer in time" if ended is None else f"ended with code {ended}"
        super().__init__(f"{child.command.name} {how}:\n{child.log_tail()}")


def start(command: Command) -> Child:
    """Start the command with its output appended to its log.

    On Linux the child is sent its stop signal by the kernel when its starter dies, so that even `kill -9` of the
    starter leaves nothing running; `launch.reaper` sees to what does not listen.
    """
    _put_aside(command.log)
    with command.log.open("ab") as log:
        popen = subprocess.Popen(
            command.argv,
            env=dict(command.environment),
            cwd=command.folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=command.inherits,
            preexec_fn=tied_to_starter(command.stop_signal),
            user=command.account.uid if command.account else None,
            group=command.account.gid if command.account else None,
            extra_groups=[] if command.account else None,
            umask=0o077,
        )
    return Child(command, popen)


def _put_aside(log: Path) -> None:
    """Keep one old log beside the new one once it has grown large."""
    if log.exists() and log.stat().st_size > LARGE_LOG_BYTES:
        log.replace(log.with_name(f"{log.name}.old"))


def tied_to_starter(stop_signal: signal.Signals, *, of: int | None = None) -> Callable[[], None] | None:
    """What a child calls, between fork and exec, to be signalled when its starter dies; None elsewhere than on Linux.

    The starter is this process, or the one numbered `of` for a process that ties itself to its own.
    """
    if _LIBC is None:
        return None
    libc, starter = _LIBC, of or os.getpid()

    def tie() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(stop_signal))
        if os.getppid() != starter:  # It died before we asked.
            os._exit(1)

    return tie


def await_answer(answers: Callable[[], bool], child: Child, *, within: float = 20.0) -> None:
    """Wait until `answers()` is true. Raises ChildFailed when the child ends first or the time is over."""
    until = time.monotonic() + within
    while not answers():
        if child.exit_code() is not None or time.monotonic() > until:
            raise ChildFailed(child)
        time.sleep(0.02)


def stop_all(children: Sequence[Child]) -> None:
    """Stop several children side by side, each within its own time."""
    asked = time.monotonic()
    for child in children:
        child.ask_to_stop()
    for child in children:
        child.await_end(until=asked + child.command.stop_within)


def kill_group(leader: int) -> None:
    """SIGKILL to the process group of `leader`; a group that is gone already is fine."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def tail(log: Path, *, lines: int) -> str:
    """The last `lines` lines of a log, or nothing where there is none."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
