"""What the suite is run on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit, urlunsplit

from orchestr.connectors.base import (
    CataloguePage,
    Connector,
    Credentials,
    Declaration,
    FieldSnapshot,
    Json,
    ResourceSnapshot,
    Session,
    Stage,
    SystemConfig,
    Target,
    WriteOutcome,
    WriteRequest,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A write to try: to `after` and back. `before` None is a creation, put back by removing it."""

    target: Target
    before: Json
    after: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A connector, a live system, and its credentials.

    `creations` are writes from nothing, where the connector declares any. Writes of existing values are
    found in the catalogue by the suite; `timeout_s` bounds one write.
    """

    connector: Connector
    system: SystemConfig
    credentials: Mapping[Stage, Credentials] = field(repr=False)
    creations: tuple[Example, ...] = ()
    timeout_s: float = 10.0

    @property
    def declaration(self) -> Declaration:
        return self.connector.declare(self.system)

    def open(self, stage: Stage) -> Session:
        return self.connector.open(self.system, self.credentials[stage], stage)

    def at(self, *, port: int) -> "Subject":
        """The same system reached through another port of this machine."""
        parts = urlsplit(self.system.url)
        url = urlunsplit(parts._replace(netloc=f"127.0.0.1:{port}"))
        return replace(self, system=replace(self.system, url=url))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """One whole sweep of the catalogue."""

    pages: tuple[CataloguePage, ...]

    @property
    def resources(self) -> list[ResourceSnapshot]:
        return [resource for page in self.pages for resource in page.resources]

    def examples(self, declaration: Declaration) -> list[Example]:
        """One write for each writable field, on the first resource that has a value of it."""
        found: dict[tuple[str, str], Example] = {}
        writable = {(one.type, one.field) for one in declaration.fields if one.writable}
        for resource in self.resources:
            for snapshot in resource.fields:
                key = (resource.type, snapshot.field)
                after = _another(snapshot)
                if key in writable and key not in found and after is not None:
                    found[key] = Example(target=target_of(resource, snapshot), before=snapshot.value, after=after)
        return list(found.values())


def sweep(session: Session) -> Shelf:
    """Every page, until the connector says that it was the last."""
    pages: list[CataloguePage] = []
    cursor: str | None = None
    seen: set[str] = set()
    while True:
        page = session.read_catalogue(cursor=cursor)
        pages.append(page)
        cursor = page.next_cursor
        if cursor is None:
            return Shelf(pages=tuple(pages))
        assert cursor not in seen, f"The sweep goes round in a circle: the cursor {cursor!r} came twice."
        seen.add(cursor)


def target_of(resource: ResourceSnapshot, snapshot: FieldSnapshot) -> Target:
    return Target(type=resource.type, id=resource.id, ref=resource.ref, field=snapshot.field, address=snapshot.address)


def live(session: Session, target: Target) -> tuple[Json, str]:
    """The value and compare token the system has now."""
    (seen,) = session.read([target])
    return seen.value, seen.token


def attempt(
    session: Session, target: Target, *, before: Json, after: Json, key: str, token: str = "", timeout_s: float = 10.0
) -> WriteOutcome:
    return session.write(
        WriteRequest(target=target, before=before, after=after, operation_key=key, token=token, timeout_s=timeout_s)
    )


def values(session: Session, targets: Sequence[Target]) -> list[Json]:
    return [seen.value for seen in session.read(targets)] if targets else []


def _another(snapshot: FieldSnapshot) -> Json:
    """A different value of the same kind that a shop can hold; None where there is no obvious one."""
    value = snapshot.value
    if snapshot.kind == "money" and isinstance(value, dict) and value["amount"] > 1:
        return {**value, "amount": value["amount"] - 1}
    if snapshot.kind == "integer" and isinstance(value, int):
        return 1 - value if value in (0, 1) else value + 1
    if snapshot.kind == "text" and isinstance(value, str) and value:
        return f"{value} (looked over)"
    return None
