"""Two sides at once: the first holds its locks until the second is seen to wait for them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

from django.db import connection, transaction

from orchestr.refusal import Refusal
from tests import make


def duel(first: Callable[[], Any], second: Callable[[], Any], *, opens_its_own: bool = False) -> tuple[Any, Any]:
    """Run `first` up to its commit, let `second` run into its locks, then commit. Gives both outcomes.

    `opens_its_own`: the second side is a task, which opens its transactions itself. A refusal is an outcome. Fails when nobody comes to wait: then the lock is gone, and the test with it.
    """
    holds, may_commit = Event(), Event()

    def leading() -> Any:
        try:
            with transaction.atomic(durable=True):
                outcome = first()
                holds.set()
                assert may_commit.wait(timeout=20)
            return outcome
        except Refusal as refusal:
            holds.set()
            return refusal
        finally:
            connection.close()

    def following() -> Any:
        try:
            assert holds.wait(timeout=20)
            if opens_its_own:
                return second()
            with transaction.atomic(durable=True):
                return second()
        except Refusal as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        one, other = threads.submit(leading), threads.submit(following)
        try:
            assert holds.wait(timeout=20)
            make.wait_until_blocked()
        finally:
            may_commit.set()
        return one.result(timeout=30), other.result(timeout=30)
