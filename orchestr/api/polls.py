"""Long polls: any number of them wait on one notifier and hold no database connection.

One task per web process listens to the channel layer. A broken broker costs the immediacy, not the
answer: every wait looks again when its time is up.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.db import connection

from orchestr.agents.models import AgentToken
from orchestr.api.door import refuse_closed
from orchestr.live import EVERY_CHANGE

log = logging.getLogger(__name__)

LONGEST_S = 30
RECONNECT_S = 1.0
_readers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="poll")


class Notifier:
    """Wakes whoever waits for an id. Lives on one event loop."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None

    def expect(self, about: str) -> asyncio.Event:
        """An event that is set when something about this id changes. Give it back with `forget`."""
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._listen())
        event = asyncio.Event()
        self._waiting[about].add(event)
        return event

    def forget(self, about: str, event: asyncio.Event) -> None:
        self._waiting[about].discard(event)
        if not self._waiting[about]:
            del self._waiting[about]

    async def _listen(self) -> None:
        while True:
            try:
                layer = get_channel_layer()
                channel = await layer.new_channel()
                await layer.group_add(EVERY_CHANGE, channel)
                self._wake_all()  # what was said while nobody listened
                while True:
                    message = await layer.receive(channel)
                    for id in (*message["ids"], *message["groups"]):
                        for event in self._waiting.get(id, ()):
                            event.set()
            except asyncio.CancelledError:
                raise
            except Exception:
                log.warning("The notifier lost its channel; trying again.", exc_info=True)
                await asyncio.sleep(RECONNECT_S)

    def _wake_all(self) -> None:
        for events in self._waiting.values():
            for event in events:
                event.set()


_notifiers: dict[int, Notifier] = {}


def notifier() -> Notifier:
    """The notifier of the running loop."""
    return _notifiers.setdefault(id(asyncio.get_running_loop()), Notifier())


async def read[T](look: Callable[[], T]) -> T:
    """Run a database read on one of a few threads, and let go of the connection at once."""

    def once() -> T:
        try:
            return look()
        finally:
            connection.close()

    return await sync_to_async(once, thread_sensitive=False, executor=_readers)()


def _let_go() -> None:
    """Give back the connection on which this request was authenticated: a wait keeps none for its thirty seconds."""
    if not connection.in_atomic_block:
        connection.close()


async def until[T](look: Callable[[], T | None], *, about: UUID | str, wait: float, token: AgentToken) -> T | None:
    """The first answer of `look` that is not None, looking again whenever `about` changes; None in the end.

    Refuses (401) whose token was revoked or has ended while it waited: nothing is looked at for it any more.
    """
    if wait <= 0:
        return await sync_to_async(look)()
    await sync_to_async(_let_go)()
    key = str(about)
    event = notifier().expect(key)
    deadline = asyncio.get_running_loop().time() + wait
    first = True

    def look_again() -> T | None:
        if not first:
            refuse_closed(token)
        return look()

    try:
        while (found := await read(look_again)) is None:
            first = False
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                return None
            try:
                async with asyncio.timeout(left):
                    await event.wait()
            except TimeoutError:
                return await read(look_again)
            event.clear()  # before looking: what changes from here on sets it again
        return found
    finally:
        notifier().forget(key, event)
