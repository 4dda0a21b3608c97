"""The folder: which files count, whether they are whole, and how old they are.

The right to read is the folder itself: its path is the credential of the stage `read`, so that no page and no
agent can point the system at another one.
"""

import fnmatch
import os
import stat
import time
from dataclasses import dataclass
from pathlib import Path

from orchestr.connectors.base import Credentials, SystemUnavailable
from orchestr.connectors.files.feeds import Feed

MARKER = ".done"


@dataclass(frozen=True, slots=True)
class Found:
    """One whole file. `changed` is when it came to be as it is here, in seconds; `written` what it says itself."""

    path: Path
    size: int
    written_ns: int
    changed: float
    inode: int


class Folder:
    """The folder that the credential names."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def newest(self, feed: Feed) -> Found:
        """The newest whole file of a feed; one that is still being written stands back behind the one before.

        Raises SystemUnavailable where there is none, or the folder cannot be read.
        """
        path = Path(self._credentials["folder" if "folder" in self._credentials else "token"])
        try:
            there = [found for name in os.listdir(path) if (found := _file(path / name, feed))]
        except OSError as error:
            why = (error.strerror or "unreadable").lower()
            raise SystemUnavailable("folder_unreadable", f"The folder cannot be read: {why}. Mount it again.") from None
        whole = [found for found in there if _whole(found, feed)]
        if whole:
            return max(whole, key=lambda found: (found.written_ns, found.path.name))
        if there:
            waits = f"its {MARKER} file is missing" if feed.marker else "it is still being written"
            raise SystemUnavailable("half_written", f"{there[0].path.name} is not used yet: {waits}.")
        raise SystemUnavailable("no_file", f"There is no file {feed.file} in the folder.")


def same(found: Found, feed: Feed) -> bool:
    """Whether the file is still the one that was found."""
    return _file(found.path, feed) == found


def _file(path: Path, feed: Feed) -> Found | None:
    if not fnmatch.fnmatchcase(path.name, feed.file):
        return None
    try:
        said = path.lstat()
    except OSError:
        return None  # It went away between the listing and the look.
    if not stat.S_ISREG(said.st_mode):
        return None  # A link could lead out of the folder.
    return Found(path, said.st_size, said.st_mtime_ns, max(said.st_mtime, said.st_ctime), said.st_ino)


def _whole(found: Found, feed: Feed) -> bool:
    """Marked as finished, or left alone for long enough that nobody writes to it any more."""
    if feed.marker:
        return found.path.with_name(found.path.name + MARKER).exists()
    return time.time() - found.changed >= feed.settle_s
