"""`python -m examples [--minutes 10] [--pause 90]`: all five at work side by side, until interrupted or the time is up."""

import argparse
import signal
import threading
import time
from functools import partial

from examples import allocation, content, pricing, storefront, winback
from examples.desk import PAUSE_S, log_plainly, own_desk, work

AGENTS = (allocation, pricing, storefront, content, winback)
APART_S = 7.0  # They begin one after another: a real day has no drum beat.


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m examples", description=__doc__)
    parser.add_argument("--minutes", type=float, default=0, help="how long they work; without it until interrupted")
    parser.add_argument("--pause", type=float, default=PAUSE_S, help="seconds between the rounds of each")
    given = parser.parse_args()
    log_plainly()
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    until = time.monotonic() + given.minutes * 60 if given.minutes else float("inf")
    threads = []
    for place, agent in enumerate(AGENTS):
        desk = own_desk(agent.KEY)
        thread = threading.Thread(
            target=_at_work,
            args=(partial(agent.round_, desk), agent.KEY, until, given.pause, place * APART_S, ended),
            name=agent.KEY,
        )
        thread.start()
        threads.append(thread)
    for thread in threads:
        thread.join()


def _at_work(
    round_: partial[None], name: str, until: float, pause_s: float, wait_s: float, ended: threading.Event
) -> None:
    if not ended.wait(wait_s):
        work(round_, name=name, until=until, pause_s=pause_s, stop=ended.wait)


if __name__ == "__main__":
    main()
