"""A sealed log in a database of its own, a superuser who doctors it, and what the commands say of it then."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction

from audit.canonical import canonical
from audit.keys import announce
from audit.models import AuditCheckpoint, AuditLeaf
from audit.notes import Checkpoint, Note, Signer
from audit.pins import pins_in
from audit.recheck import content
from audit.record import record_many
from audit.seal import Sealed, Stretch, seal
from audit.sealer import Sealer
from audit.walls import guarded_tables
from audit.witness import keep
from tests.audit.events import NOON, submitted

SIGNER = Signer.new("orchestr-audit/test")
CUT_BACK = (
    "DELETE FROM audit_leaf WHERE number >= %(number)s",
    "DELETE FROM audit_subtree WHERE (place + 1) << level > %(number)s",
    "DELETE FROM audit_checkpoint WHERE size > %(number)s",
)
EDIT = (
    "UPDATE audit_event SET canonical = convert_to(replace(convert_from(canonical, 'UTF8'), 'single', 'dual'), 'UTF8'),"
    " data = jsonb_set(data, '{tier}', '\"dual\"') WHERE id = %(id)s",
    "UPDATE audit_event SET sha256 = sha256(canonical) WHERE id = %(id)s",
)
EDIT_LEAF = (
    "UPDATE audit_leaf SET hash = (SELECT sha256('\\x00'::bytea || canonical) FROM audit_event WHERE id = event_id)"
    " WHERE event_id = %(id)s"
)


@pytest.fixture
def log(committed, tmp_path) -> list[str]:
    """Forty events sealed ten by ten, each checkpoint pinned; the ids in the order of the log."""
    with transaction.atomic():
        announce([SIGNER], at=NOON)
    for turn in range(4):
        with transaction.atomic():
            record_many([submitted() for _ in range(10)])
        done = sealed(NOON + timedelta(minutes=turn))
        assert done.checkpoint is not None
        keep(tmp_path, done.note, done.checkpoint)
    return [str(id) for id in AuditLeaf.objects.order_by("number").values_list("event_id", flat=True)]


@pytest.fixture
def tamper(committed) -> Iterator[Callable[..., None]]:
    """A superuser who takes the walls down, does something, and puts them back."""
    with psycopg.connect(committed.superuser_url, autocommit=True) as root:
        tables = guarded_tables()

        def doctor(*statements: str, **given: Any) -> None:
            for table in tables:
                root.execute(f"ALTER TABLE {table} DISABLE TRIGGER audit_refuse_change")
            for statement in statements:
                root.execute(statement, given)
            for table in tables:
                root.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER audit_refuse_change")

        yield doctor


def good(capsys, **given) -> str:
    call_command("verify_audit", **given)
    return capsys.readouterr().out


def bad(**given) -> str:
    with pytest.raises(CommandError) as found:
        call_command("verify_audit", **given)
    assert found.value.returncode == 1
    return str(found.value)


def unusable(**given) -> str:
    with pytest.raises(CommandError) as found:
        call_command("verify_audit", **given)
    assert found.value.returncode == 2
    return str(found.value)


def sealed(at: datetime, *, signers: list[Signer] | None = None, anyway: bool = False) -> Sealed:
    return seal(signers=signers or [SIGNER], at=at, within=Stretch(), sign_anyway=anyway)


def sealer(tmp_path: Path, *, signers: list[Signer] | None = None, lost: bool = False) -> Sealer:
    return Sealer(
        signers=signers or [SIGNER], longest=timedelta(minutes=5), pinned=lambda: pins_in(tmp_path), lost=lost
    )


def reseal(from_number: int, *, signers: list[Signer] | None = None) -> None:
    """What somebody with the key and the database would do: leave no trace from this number on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_leaf")
        assert cursor.fetchone()[0] == from_number
    while sealed(NOON + timedelta(minutes=9), signers=signers).full:
        pass


def signed_anew(row: AuditCheckpoint, signer: Signer, **changed: Any) -> str:
    """The note of a checkpoint as this key signs it, with parts of it changed."""
    said = Checkpoint.parse(Note.parse(row.note).text)
    parts = {name: getattr(said, name) for name in ("origin", "size", "root", "at")} | changed
    return Checkpoint(**parts).signed([signer])


def put_in(moment: datetime, **changed: Any) -> UUID:
    """An event as the app's role could write it by hand, under an id of another moment."""
    id = UUID(int=(int(moment.timestamp() * 1000) << 80) | (7 << 76) | (2 << 62) | 1)
    entry = submitted(at=moment, **changed)
    row: dict[str, Any] = {
        "id": str(id), "at": moment, "action": entry.action, "actor_kind": str(entry.actor.kind),
        "actor_id": str(entry.actor.id), "account_id": None, "on_behalf_of": None,
        "about": {kind: str(value) for kind, value in entry.about.items()}, "data": dict(entry.data),
        "request_id": None, "segments": list(entry.segments),
    }  # fmt: skip
    stored = canonical(content(row))
    columns = row | {"canonical": stored, "sha256": hashlib.sha256(stored).digest()}
    columns |= {name: psycopg.types.json.Jsonb(columns[name]) for name in ("about", "data")}
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO audit_event ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))})",
            list(columns.values()),
        )
    return id
