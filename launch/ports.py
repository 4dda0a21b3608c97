"""Loopback ports of the demo systems: chosen once, kept, because their addresses stand in the database."""

import json
import random
import socket
from pathlib import Path

from launch.deployment import LOOPBACK
from launch.keys import write_private

LOWEST = 20_000
ATTEMPTS = 100


def kept_port(file: Path, name: str) -> int:
    """The port that `file` keeps under this name; a new free one where there is none or somebody else has taken it."""
    known: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
    if name in known and is_free(LOOPBACK, known[name]):
        return known[name]
    known[name] = free_port()
    write_private(file, json.dumps(known))
    return known[name]


def free_port() -> int:
    """A loopback port that nobody listens on now, and that no outgoing connection is given before somebody does."""
    below = _first_outgoing()
    for _ in range(ATTEMPTS if below > LOWEST else 0):
        port = random.randrange(LOWEST, below)
        if is_free(LOOPBACK, port):
            return port
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        taken: int = probe.getsockname()[1]
    return taken


def _first_outgoing() -> int:
    """Where the ports begin that this machine gives to outgoing connections; 0 where it does not say."""
    told = Path("/proc/sys/net/ipv4/ip_local_port_range")
    return int(told.read_text().split()[0]) if told.exists() else 0


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
