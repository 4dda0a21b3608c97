"""Outlives the supervisor by a few seconds and ends what it left behind.

The supervisor writes `+PID SIGNAL` and `-PID` lines into this process's standard input. The end of that input means
that the supervisor is gone, whatever ended it: the groups still listed are asked once, given a few seconds, and
then killed. It stands in a session of its own and ignores the signals that a terminal sends.
"""

import contextlib
import os
import signal
import sys
import time

GRACE_SECONDS = 4.0
# There the kernel has sent the stop signal by itself at the supervisor's death; a second one could mean "at once".
KERNEL_HAS_ASKED = sys.platform == "linux"


def main() -> None:
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    left = _follow()
    if not KERNEL_HAS_ASKED:
        for leader, stop_signal in left.items():
            with contextlib.suppress(ProcessLookupError):
                os.kill(leader, stop_signal)
    _outlive(left)


def _follow() -> dict[int, int]:
    running: dict[int, int] = {}
    for line in sys.stdin:
        sign, rest = line[0], line[1:].split()
        if sign == "+":
            running[int(rest[0])] = int(rest[1])
        else:
            running.pop(int(rest[0]), None)
    return running


def _outlive(left: dict[int, int]) -> None:
    until = time.monotonic() + GRACE_SECONDS
    while any(_group_exists(leader) for leader in left) and time.monotonic() < until:
        time.sleep(0.05)
    for leader in left:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(leader, signal.SIGKILL)


def _group_exists(leader: int) -> bool:
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    main()
