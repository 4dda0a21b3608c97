"""The embedded Valkey: a unix socket in a private folder, every write in an append-only file."""

import socket
from dataclasses import dataclass
from pathlib import Path

from launch.binaries import valkey_program
from launch.keys import private_folder
from launch.places import socket_folder

SOCKET_NAME = "valkey.sock"
BROKER_DATABASE = 0
CHANNEL_DATABASE = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Valkey:
    """One server: its program, its folder, its socket."""

    program: Path
    files: Path
    socket: Path
    forgetful: bool

    @property
    def broker_url(self) -> str:
        """For Celery."""
        return f"redis+socket://{self.socket}?virtual_host={BROKER_DATABASE}"

    @property
    def channel_url(self) -> str:
        """For the live announcements."""
        return f"unix://{self.socket}?db={CHANNEL_DATABASE}"

    def argv(self) -> tuple[str, ...]:
        """The command that serves in the foreground; SIGTERM ends it after the last write is on disk."""
        argv = [str(self.program), "--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"]
        argv += ["--dir", str(self.files), "--daemonize", "no", "--save", ""]
        return (*argv, "--appendonly", "no" if self.forgetful else "yes")

    def answers(self) -> bool:
        """Whether the server answers a PING now (it refuses while it still loads its file)."""
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(2)
                line.connect(str(self.socket))
                line.sendall(b"PING\r\n")
                return line.recv(64).startswith(b"+PONG")
        except OSError:
            return False


def prepare(*, home: Path, forgetful: bool = False) -> Valkey:
    """Make the folders of a server under `home`. `forgetful` keeps nothing on disk; for tests only."""
    files = private_folder(home)
    sockets = socket_folder(files / "socket", longest_name=len(SOCKET_NAME), account=None)
    return Valkey(program=valkey_program(), files=files, socket=sockets / SOCKET_NAME, forgetful=forgetful)
