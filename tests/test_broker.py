"""One client of the broker a process, however many threads ask for the first time at once."""

import threading
import time
from typing import Any

import pytest
from redis import Redis

from orchestr import broker

THREADS = 8


def test_threads_that_ask_for_the_first_time_at_once_get_one_client(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    from_url = Redis.from_url

    def slowly(*given: Any, **more: Any) -> Any:
        time.sleep(0.05)  # so long that the others ask meanwhile
        made.append(from_url(*given, **more))
        return made[-1]

    monkeypatch.setattr(Redis, "from_url", slowly)
    broker._client.cache_clear()
    got: list[Any] = []
    together = threading.Barrier(THREADS)

    def ask() -> None:
        together.wait()
        got.append(broker.broker())

    threads = [threading.Thread(target=ask) for _ in range(THREADS)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    broker._client.cache_clear()
    assert len(made) == 1
    assert all(each is made[0] for each in got)
    assert len(got) == THREADS


def test_a_client_is_of_the_address_that_the_settings_name(settings: Any) -> None:
    settings.CHANNEL_URL = "unix:///somewhere/channel"
    assert broker.broker().connection_pool.connection_kwargs["path"] == "/somewhere/channel"
    settings.CHANNEL_URL = "unix:///elsewhere/channel"
    assert broker.broker().connection_pool.connection_kwargs["path"] == "/elsewhere/channel"
