"""Exports say everything once, stream with constant memory, and are themselves on record."""

import base64
import csv
import hashlib
import json
import stat
import tracemalloc
from datetime import timedelta
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from audit import exports
from audit.exports import blocks, heading, lines, write_export
from audit.models import AuditEvent
from audit.record import Actor, record_many
from audit.selection import EVERYTHING, Selection
from tests.audit.events import MIA, NOON, REPRICER, submitted

WORKER = Actor.worker("test")
MANY = 100_000
MOST_BYTES = 4 * 1024 * 1024


def all_lines(format: exports.Format) -> str:
    return heading(format) + "".join(lines(Selection().events(EVERYTHING), format=format))


@pytest.mark.django_db
class TestJsonLines:
    def test_hold_one_event_a_line_in_the_agreed_shape(self):
        proposal = uuid4()
        [id] = record_many([submitted(actor=MIA, about={"proposal": proposal}, on_behalf_of="somebody")])
        [line] = all_lines("jsonl").splitlines()
        said = json.loads(line)
        canonical = base64.b64decode(said.pop("canonical"), validate=True)
        assert said.pop("sha256") == hashlib.sha256(canonical).hexdigest()
        assert json.loads(canonical)["id"] == str(id)
        assert said == {
            "n": None,
            "id": str(id),
            "at": "2026-03-02T12:00:00.000000Z",
            "action": "proposal.submitted",
            "actor": {"kind": "person", "id": MIA.id},
            "for": "somebody",
            "about": {"proposal": str(proposal)},
            "data": {"version": 1, "tier": "single"},
        }

    def test_come_oldest_first_and_leave_nothing_out(self):
        ids = record_many([submitted() for _ in range(30)])
        assert [json.loads(line)["id"] for line in all_lines("jsonl").splitlines()] == [str(id) for id in ids]


@pytest.mark.django_db
class TestCsv:
    def test_holds_one_event_a_row_with_numbers_as_numbers(self):
        record_many([submitted(request_id="r-1", data={"version": 4})])
        [row] = csv.DictReader(StringIO(all_lines("csv")))
        assert (row["n"], row["version"], row["request"]) == ("", "4", "r-1")
        assert json.loads(row["data"]) == {"version": 4}
        assert row["at"] == "2026-03-02T12:00:00.000000Z"

    def test_guards_every_text_cell(self):
        record_many(
            [submitted(actor=Actor.worker("=cmd()"), request_id="@x", segments=["+a"], about={"proposal": "-1"})]
        )
        [row] = csv.DictReader(StringIO(all_lines("csv")))
        assert (row["actor_id"], row["request"], row["segments"], row["proposal"]) == ("'=cmd()", "'@x", "'+a", "'-1")


@pytest.mark.django_db
class TestBlocks:
    def test_say_the_same_as_the_lines_page_by_page(self, monkeypatch):
        monkeypatch.setattr(exports, "PAGE_ROWS", 7)
        ids = record_many([submitted() for _ in range(21)])
        found = list(blocks(Selection().events(EVERYTHING), format="csv", upto=ids[-1]))
        assert b"".join(found).decode() == all_lines("csv")
        assert len(found) == 1 + 3

    def test_stop_at_the_event_they_were_asked_to(self):
        ids = record_many([submitted() for _ in range(3)])
        found = b"".join(blocks(Selection().events(EVERYTHING), format="jsonl", upto=ids[1]))
        assert [json.loads(line)["id"] for line in found.splitlines()] == [str(id) for id in ids[:2]]

    def test_of_an_empty_log_are_the_heading(self):
        assert b"".join(blocks(Selection().events(EVERYTHING), format="csv", upto=None)).decode() == heading("csv")


class TestWriting:
    def test_records_what_was_exported_with_the_hash_of_the_file(self, committed, tmp_path):
        proposal = uuid4()
        with transaction.atomic():
            record_many([submitted(about={"proposal": proposal}), submitted()])
        path = tmp_path / "trail.jsonl"

        rows = write_export(
            selection=Selection(proposal=str(proposal)), format="jsonl", path=path, actor=WORKER, at=NOON
        )

        made = AuditEvent.objects.get(action="export.made")
        assert rows == 1
        assert len(path.read_text().splitlines()) == 1
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert made.about == {"proposal": str(proposal)}
        assert made.data == {
            "format": "jsonl",
            "filter": {"proposal": str(proposal)},
            "rows": 1,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        }

    def test_leaves_no_file_when_its_record_fails(self, committed, tmp_path, monkeypatch):
        def fail(**_given: object) -> None:
            raise DatabaseError("no record")

        monkeypatch.setattr(exports, "record_export", fail)
        with pytest.raises(DatabaseError):
            write_export(selection=Selection(), format="csv", path=tmp_path / "x.csv", actor=WORKER, at=NOON)
        assert list(tmp_path.iterdir()) == []
        assert AuditEvent.objects.count() == 0

    @pytest.mark.parametrize("format", ["jsonl", "csv"])
    @pytest.mark.slow
    def test_of_many_events_needs_no_more_memory_than_of_few(self, format, committed, tmp_path):
        fill(MANY)
        path = tmp_path / "all"
        write_export(selection=Selection(agent="nobody"), format=format, path=path, actor=WORKER, at=NOON)
        tracemalloc.start()
        try:
            rows = write_export(selection=Selection(), format=format, path=path, actor=WORKER, at=NOON)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert rows == MANY + 1
        assert path.stat().st_size > 5 * MOST_BYTES
        assert peak < MOST_BYTES

    @pytest.mark.slow
    def test_of_many_events_in_blocks_needs_no_more_memory_than_of_few(self, committed):
        fill(MANY)
        upto = AuditEvent.objects.order_by("-id").values_list("id", flat=True)[0]
        tracemalloc.start()
        try:
            size = sum(len(block) for block in blocks(Selection().events(EVERYTHING), format="jsonl", upto=upto))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert size > 2 * 4 * MOST_BYTES
        assert peak < 4 * MOST_BYTES


class TestCommand:
    def test_writes_the_part_that_was_asked_for(self, committed, tmp_path: Path, capsys):
        with transaction.atomic():
            record_many(
                [
                    submitted(at=NOON - timedelta(hours=1)),
                    submitted(request_id="wanted"),
                    submitted(actor=MIA),
                    submitted(at=NOON + timedelta(hours=1)),
                ]
            )
        path = tmp_path / "part.csv"
        call_command(
            "export_audit",
            format="csv",
            since="2026-03-02T12:00:00Z",
            until="2026-03-02 12:30",
            actor=REPRICER.id,
            output=path,
        )
        assert [row["request"] for row in csv.DictReader(path.open())] == ["wanted"]
        assert AuditEvent.objects.get(action="export.made").data["filter"] == {
            "since": "2026-03-02T12:00:00.000000Z",
            "until": "2026-03-02T12:30:00.000000Z",
            "actor": REPRICER.id,
        }

    @pytest.mark.parametrize("given", [{"since": "soon"}, {"until": "2026-02-31"}, {"proposal": "two words"}])
    def test_refuses_a_filter_it_cannot_read_and_records_nothing(self, given, committed, tmp_path):
        with pytest.raises(CommandError) as refused:
            call_command("export_audit", format="csv", output=tmp_path / "x", **given)
        assert refused.value.returncode == 2
        assert list(tmp_path.iterdir()) == []
        assert AuditEvent.objects.count() == 0


def fill(count: int) -> None:
    """Copies of one true event, made by the database."""
    with transaction.atomic():
        record_many([submitted()])
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_event (id, at, action, actor_kind, actor_id, about, data, segments, canonical, sha256)"
            " SELECT uuidv7(), at, action, actor_kind, actor_id, about, data, segments, canonical, sha256"
            " FROM audit_event, generate_series(2, %s)",
            [count],
        )
