"""`python -m tests.faults.forking`: a publish worker, and who looks at rollouts, working one round for each line on its standard input.

Each round is a process of its own, forked from this one, which has loaded everything and opened nothing. So a round
costs a few milliseconds, ends by SIGKILL where its failpoint is armed, and takes nothing with it but itself. A line is
`{"ahead_s": seconds the clock is ahead, "failpoint": "" or "name:count"}`; the answer is `{"code", "trace"}`: the exit
code (−9 where it was killed, 1 where the database was lost) and the failpoints it passed, the last one included.
"""

import importlib
import json
import os
import sys
from collections.abc import Callable
from datetime import datetime, timedelta

import django

django.setup()

from django.utils import timezone

from orchestr import failpoints
from orchestr.execution.drain import drain
from orchestr.execution.rollout.look import look
from orchestr.execution.worker import Worker


def main() -> None:
    for line in sys.stdin:
        asked = json.loads(line)
        code, trace = _forked(float(asked["ahead_s"]), str(asked["failpoint"]))
        sys.stdout.write(json.dumps({"code": code, "trace": trace}) + "\n")
        sys.stdout.flush()


def _forked(ahead_s: float, failpoint: str) -> tuple[int, list[str]]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            _round(ahead_s, failpoint, writing)
        except BaseException as error:
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            sys.stderr.flush()
            os._exit(1)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as passed:
        trace = passed.read().split()
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), trace


def _round(ahead_s: float, failpoint: str, told: int) -> None:
    os.environ["ORCHESTR_FAILPOINT"] = failpoint
    importlib.reload(failpoints)
    failpoints.hit = _telling(failpoints.hit, told)
    ahead = timedelta(seconds=ahead_s)

    def clock() -> datetime:
        return timezone.now() + ahead

    drain(Worker(name=f"publish-{os.getpid()}", clock=clock))
    look(clock=clock)


def _telling(hit: Callable[[str], None], told: int) -> Callable[[str], None]:
    def hit_and_tell(point: str) -> None:
        os.write(told, f"{point}\n".encode())
        hit(point)

    return hit_and_tell


if __name__ == "__main__":
    main()
