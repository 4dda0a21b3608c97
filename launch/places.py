"""Folders for the embedded servers: reachable by the account they run under, and short enough for a socket."""

import hashlib
import os
import secrets
import tempfile
from pathlib import Path

from launch.account import Account, give

# The longest path a unix socket may have on Linux; macOS allows a little less.
SOCKET_PATH_BYTES = 103
# Where root's PostgreSQL goes when the data folder lies behind a folder that only root may enter.
OPEN_TO_ALL = Path("/var/lib/orchestr")


class UnsafeFolder(Exception):
    """A folder that others could have prepared for us was found; the message says which."""


def server_home(wanted: Path, account: Account | None) -> Path:
    """Make the folder a server keeps its files in, owned by its account, and return it.

    Where the account cannot reach `wanted` (a repository in root's own home), `wanted` becomes a symbolic link to a
    fresh folder under /var/lib/orchestr.
    """
    if wanted.is_symlink():
        return wanted.resolve(strict=True)
    wanted.parent.mkdir(parents=True, exist_ok=True)
    if account is None or account.can_enter(wanted.parent):
        return _own_folder(wanted, account)
    OPEN_TO_ALL.mkdir(parents=True, exist_ok=True)
    home = _own_folder(OPEN_TO_ALL / secrets.token_hex(4), account)
    wanted.symlink_to(home)
    return home


def socket_folder(wanted: Path, *, longest_name: int, account: Account | None) -> Path:
    """Make a folder for a unix socket: `wanted`, or where its path would be too long one in the temporary folder."""
    if len(os.fsencode(wanted)) + 1 + longest_name <= SOCKET_PATH_BYTES:
        return _own_folder(wanted, account)
    digest = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:12]
    return _own_folder(Path(tempfile.gettempdir()) / f"orchestr-{os.geteuid()}-{digest}", account)


def _own_folder(folder: Path, account: Account | None) -> Path:
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    owners = {os.geteuid()} | ({account.uid} if account else set())
    if found.st_uid not in owners or folder.is_symlink():
        raise UnsafeFolder(f"{folder} belongs to somebody else; remove it and start again.")
    give(folder, account)
    folder.chmod(0o700)
    return folder
