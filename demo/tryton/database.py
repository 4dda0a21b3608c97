"""The furnished database that each start copies: made once, as making it takes half a minute."""

import hashlib
import os
import secrets
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from demo.tryton import furnish
from demo.tryton.rpc import Rpc
from demo.tryton.server import DATABASE, Server, administer

MODULES = ("company", "product", "stock")
FILE = f"{DATABASE}.sqlite"
PASSWORD = "administrator"


def furnished(packages: Path, cache: Path) -> Path:
    """A folder with the database and its administrator's password, once for this code and these packages."""
    made_by = Path(furnish.__file__).read_bytes() + packages.name.encode() + Path(__file__).read_bytes()
    folder = cache / f"tryton-data-{hashlib.sha256(made_by).hexdigest()[:12]}"
    if not folder.is_dir():
        making = Path(tempfile.mkdtemp(prefix="tryton-data-", dir=cache))
        try:
            _make(packages, making)
            os.rename(making, folder)
        except OSError:
            if not folder.is_dir():  # another process did not make it either
                raise
        finally:
            shutil.rmtree(making, ignore_errors=True)
    return folder


def _make(packages: Path, folder: Path) -> None:
    password = folder / PASSWORD
    password.touch(mode=0o600)
    password.write_text(secrets.token_urlsafe(24) + "\n")
    (folder / FILE).touch(mode=0o600)
    administer(packages, folder, password, "--all", "--email", "admin@example.org")
    administer(packages, folder, password, "--activate-dependencies", "-u", *MODULES)
    with Server(packages, folder) as server:
        furnish.furnish(Rpc(server.url, "admin", password.read_text().strip()))
    with closing(sqlite3.connect(folder / FILE)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # the file alone then holds everything
    for rest in folder.iterdir():
        if rest.name not in (FILE, PASSWORD):
            rest.unlink()
