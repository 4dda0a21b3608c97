"""Loopback ports of the demo systems: chosen once, kept, because their addresses stand in the database."""

import json
import socket
from pathlib import Path

from launch.deployment import LOOPBACK
from launch.keys import write_private


def kept_port(file: Path, name: str) -> int:
    """The port that `file` keeps under this name; a new free one where there is none or somebody else has taken it."""
    known: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
    if name in known and is_free(LOOPBACK, known[name]):
        return known[name]
    known[name] = free_port()
    write_private(file, json.dumps(known))
    return known[name]


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port


def is_free(host: str, port: int) -> bool:
    """Whether this address can be listened on now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def is_answered(port: int) -> bool:
    """Whether somebody accepts connections on this loopback port now."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0
