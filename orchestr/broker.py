"""The process's one client of the broker, for what is short and may be lost: a hint, a count."""

from functools import lru_cache
from threading import Lock

from django.conf import settings
from redis import Redis

TIMEOUT_S = 0.2  # the most that a broker which does not answer costs whoever asks it

_making = Lock()


def broker() -> Redis:
    """The client, whose pool threads share. Raises RedisError or OSError where the broker does not answer in time."""
    with _making:  # a cache alone lets two threads make one each; redis-py ends the pool of the one that nobody keeps
        return _client(settings.CHANNEL_URL)


@lru_cache(maxsize=1)
def _client(url: str) -> Redis:
    return Redis.from_url(url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S)
