"""Waiting that wakes at once when a signal asks to stop or a child ends."""

import contextlib
import os
import select
import signal
from types import FrameType

ASKS_TO_STOP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(Exception):
    """Somebody asked this process to stop."""


class Interruption:
    """Turns signals into a flag and a wake-up, so that nothing is ever torn off half way.

    The first request makes the next `wait` raise Stopped; `hurried` is true from the second one on.
    """

    def __init__(self) -> None:
        self._asked = 0
        self._raised = False
        self._woken, waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, _only_wake)
        for asking in ASKS_TO_STOP:
            signal.signal(asking, self._ask)

    @property
    def hurried(self) -> bool:
        return self._asked > 1

    def wait(self, seconds: float) -> None:
        """Wait that long or until a signal arrives. Raises Stopped once after the first request to stop."""
        if not self._asked:
            self.pause(seconds)
        if self._asked and not self._raised:
            self._raised = True
            raise Stopped

    def pause(self, seconds: float) -> None:
        """Wait that long or until a signal arrives, and raise nothing: for the work of stopping itself."""
        select.select([self._woken], [], [], seconds)
        with contextlib.suppress(BlockingIOError):
            while os.read(self._woken, 512):
                pass

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self._asked += 1


def _only_wake(number: int, frame: FrameType | None) -> None:
    """Installed so that the end of a child interrupts a wait."""
