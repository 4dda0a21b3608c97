"""Which operating system account the embedded PostgreSQL runs under, and what that account can reach."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Account:
    """The account to drop to; `uid` and `gid` as the operating system counts them."""

    uid: int
    gid: int

    def can_enter(self, folder: Path) -> bool:
        """Whether this account may pass through every folder on the way to `folder` and the folder itself."""
        resolved = folder.resolve()
        return all(_may_pass(step, self) for step in (resolved, *resolved.parents) if step.exists())


def account_for_postgres() -> Account | None:
    """The account PostgreSQL must run as, or None where it may simply run as whoever starts it.

    PostgreSQL refuses to run as root, so root drops to `nobody`; everyone else keeps their own account.
    """
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return Account(uid=nobody.pw_uid, gid=nobody.pw_gid)


def give(path: Path, account: Account | None) -> None:
    """Hand one file or folder over to the account; does nothing where no account is dropped to."""
    if account is not None:
        os.chown(path, account.uid, account.gid)


def _may_pass(folder: Path, account: Account) -> bool:
    found = folder.stat()
    if found.st_uid == account.uid:
        return bool(found.st_mode & stat.S_IXUSR)
    if found.st_gid == account.gid:
        return bool(found.st_mode & stat.S_IXGRP)
    return bool(found.st_mode & stat.S_IXOTH)
