"""One folder opened for one stage."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from orchestr.connectors.base import (
    CataloguePage,
    Credentials,
    Observed,
    Rejected,
    Session,
    Stage,
    SystemConfig,
    SystemUnavailable,
    Target,
    WriteOutcome,
    WriteRequest,
)
from orchestr.connectors.files import catalogue, index, read
from orchestr.connectors.files.client import Folder, Found
from orchestr.connectors.files.feeds import Feed, feeds_of


class FilesSession(Session):
    """See the base class. Reads only; not shared between threads."""

    def __init__(self, system: SystemConfig, credentials: Credentials, stage: Stage) -> None:
        self._system = system
        self._stage = stage
        self._folder = Folder(credentials)
        self._index: index.Index | None = None

    def read_catalogue(
        self, *, cursor: str | None = None, updated_since: datetime | None = None, limit: int = 100
    ) -> CataloguePage:
        files = self._files()
        if cursor is None and updated_since is not None:
            settling = [(feed.settle_s, found) for feed, found in files]
            # A marker comes after its file, at a time that the file does not tell.
            if not any(feed.marker for feed, _ in files) and catalogue.unchanged(settling, updated_since):
                return catalogue.NOTHING_NEW
        return catalogue.page(cursor, limit, self._opened(files))

    def read(self, targets: Sequence[Target]) -> tuple[Observed, ...]:
        return read.read(targets, self._opened(self._files())) if targets else ()

    def write(self, request: WriteRequest) -> WriteOutcome:
        if self._stage != "publish":
            return Rejected(
                code="stage_forbidden", message=f"This session was opened to {self._stage}, not to publish."
            )
        return Rejected(code="read_only", message="Files are read only: change the value where the file comes from.")

    def close(self) -> None:
        if self._index is not None:
            self._index.close()
            self._index = None

    def _files(self) -> list[tuple[Feed, Found]]:
        """The newest whole file of each feed. Raises SystemUnavailable, also where one is older than it may be."""
        files = [(feed, self._folder.newest(feed)) for feed in feeds_of(self._system)]
        now = datetime.now(UTC)
        for feed, found in files:
            written = datetime.fromtimestamp(found.written_ns / 1e9, UTC)
            if now - written > timedelta(seconds=feed.max_age_s):
                since = written.strftime("%Y-%m-%d %H:%M UTC")
                raise SystemUnavailable(
                    "feed_stale",
                    f"{found.path.name} is from {since}, older than it may be: look why no newer one came.",
                )
        return files

    def _opened(self, files: list[tuple[Feed, Found]]) -> index.Index:
        if self._index is None or self._index.key != index.key_of(files):
            self.close()
            self._index = index.opened(self._system.key, files)
        return self._index
