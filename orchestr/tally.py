"""Counting what happens often, for all processes together and without a row: a number that is gone after its time.

The broker counts. While it does not answer, each process counts for itself: what is limited by a count is then limited
less strictly, and never stopped.
"""

import logging
import time
from collections import Counter

from django.conf import settings
from redis.exceptions import RedisError

from orchestr.broker import broker

log = logging.getLogger(__name__)
SILENT_S = 2.0  # after a failure the broker is not asked for so long
MOST_OF_ITS_OWN = 10_000

_own: Counter[str] = Counter()
_silent_until = 0.0


def count(name: str, *, kept_s: int) -> int:
    """One more of this name; returns how many there are. It is forgotten `kept_s` after the first."""
    global _silent_until
    if time.monotonic() >= _silent_until:
        try:
            with broker().pipeline(transaction=False) as pipeline:
                pipeline.incr(_key(name))
                pipeline.expire(_key(name), kept_s, nx=True)
                return int(pipeline.execute()[0])
        except (RedisError, OSError):
            _silent_until = time.monotonic() + SILENT_S
            log.warning("The broker does not answer: each process counts for itself.", exc_info=True)
    if len(_own) >= MOST_OF_ITS_OWN:
        _own.clear()
    _own[name] += 1
    return _own[name]


def counted(name: str) -> int | None:
    """How many there are; None where the broker does not say."""
    try:
        return int(broker().get(_key(name)) or 0)
    except (RedisError, OSError):
        return None


def _key(name: str) -> str:
    return f"{settings.KEY_PREFIX}.tally.{name}"
