"""Points Django at another copy of the database, in this and every other thread."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper

from launch.clones import Clone


@contextmanager
def switched_to(clone: Clone) -> Iterator[None]:
    """Use `clone` as the default database inside the block.

    Every connection of the process reads the one dictionary of settings, so a thread that connects later lands on the
    clone too. A thread that still holds a connection keeps its old one: start the threads inside the block.
    """
    settings = connections.settings["default"]
    before = {part: settings[part] for part in ("NAME", "HOST", "PASSWORD")}
    _point_at({"NAME": clone.name, "HOST": clone.access.sockets, "PASSWORD": clone.access.passwords.app})
    try:
        yield
    finally:
        _point_at(before)


def _point_at(address: dict[str, str]) -> None:
    connection = cast(DatabaseWrapper, connections["default"])
    connection.close()
    connection.close_pool()
    connections.settings["default"].update(address)
