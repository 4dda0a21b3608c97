"""Exports in the background: one way to ask, the same bytes however often begun, no half file, kept for a time."""

import io
import json
import os
import signal
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone

from audit import bundle, verify
from audit.actors import Actor
from audit.bundling import NothingSealed
from audit.exporting import making, taking
from audit.exporting.asking import request_export
from audit.exporting.files import folder, path_of
from audit.exporting.keeping import delete_due, may_have
from audit.exporting.making import perform
from audit.exporting.taking import MOST_ATTEMPTS, SILENT, Taken, claim
from audit.keys import announce
from audit.models import AuditEvent, Export
from audit.notes import Signer
from audit.record import record_many
from audit.seal import Stretch, seal
from audit.selection import Selection, Sight
from tests.audit.events import MIA, NOON, submitted

SIGNER = Signer.new("orchestr-audit/test")
ALL = Sight(segments=frozenset({"apparel", "outdoor"}), unsegmented=True)


@pytest.fixture(autouse=True)
def exports_folder(settings, tmp_path: Path) -> Path:
    settings.EXPORTS_DIR = str(tmp_path / "exports")
    return tmp_path / "exports"


def grow(count: int, **entry) -> None:
    with transaction.atomic():
        announce([SIGNER], at=NOON)
        record_many([submitted(**entry) for _ in range(count)])
    seal(signers=[SIGNER], at=timezone.now(), within=Stretch())


def asked(format: str = "bundle", *, sight: Sight = ALL, by: Actor = MIA, **filters: str) -> Export:
    with transaction.atomic():
        return request_export(selection=Selection(**filters), sight=sight, format=format, by=by, at=timezone.now())


def made(export: Export) -> Export:
    while (found := claim(at=timezone.now())) is not None:
        perform(found)
    export.refresh_from_db()
    return export


def actions() -> list[str]:
    return list(AuditEvent.objects.filter(action__startswith="export.").order_by("id").values_list("action", flat=True))


@pytest.mark.parametrize("format", ["bundle", "jsonl", "csv"])
def test_a_file_is_private_named_once_and_of_the_same_bytes_however_often_it_is_made(committed, format):
    grow(7)
    first = made(asked(format))
    content = path_of(first).read_bytes()
    grow(5)  # what is sealed later is not in what was asked for before
    with transaction.atomic():
        Export.objects.filter(pk=first.pk).update(state="queued")
    second = made(first)
    assert (second.state, second.attempt, second.count, second.size) == ("ready", 2, 7, 7)
    assert path_of(second).read_bytes() == content
    assert (second.bytes, second.sha256) == (len(content), first.sha256)
    assert stat.S_IMODE(path_of(second).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder().stat().st_mode) == 0o700
    assert [path.name for path in folder().iterdir()] == [path_of(second).name]


def test_a_bundle_of_a_worker_is_good_and_the_same_as_one_made_at_once(committed, tmp_path):
    grow(9, segments=["apparel"])
    grow(4, segments=["outdoor"])
    grow(6, segments=["apparel"])
    few = Sight(segments=frozenset({"apparel"}), unsegmented=False)
    export = made(asked(sight=few))
    with path_of(export).open("rb") as file:
        found = verify.verify(bundle.opened(file), key=SIGNER.key)
    assert (found.spans, export.touched, export.touches_none) == ([(0, 9), (13, 19)], ["apparel"], False)
    at_once, work = io.BytesIO(), tmp_path / "at-once"
    work.mkdir()
    ready = making.prepare(selection=Selection(), sight=few, folder=work, size=19)
    bundle.write(at_once, ready.parts, ready.event_bytes, ready.blocks())
    assert at_once.getvalue() == path_of(export).read_bytes()


def test_a_bundle_by_text_is_the_same_from_a_worker_and_at_once_and_each_entry_answers_it(committed, tmp_path):
    grow(3)
    grow(2, action="refused", data={"code": "own_work", "params": {"rule": "margin_floor"}})
    grow(4)
    export = made(asked(text="FLOOR own_w"))
    with path_of(export).open("rb") as file:
        found = verify.verify(bundle.opened(file), key=SIGNER.key)
    assert (found.spans, found.query) == ([(3, 5)], {"text": "FLOOR own_w"})
    at_once, work = io.BytesIO(), tmp_path / "at-once"
    work.mkdir()
    ready = making.prepare(selection=Selection(text="FLOOR own_w"), sight=ALL, folder=work, size=9)
    bundle.write(at_once, ready.parts, ready.event_bytes, ready.blocks())
    assert at_once.getvalue() == path_of(export).read_bytes()
    told = AuditEvent.objects.filter(action__in=("export.requested", "export.made")).values_list(
        "data__filter", flat=True
    )
    assert list(told) == [{"text": ["floor", "own_w"]}] * 2


def test_windows_leave_nothing_out_and_nothing_in_twice(committed, monkeypatch):
    monkeypatch.setattr("audit.entries.WINDOW", 3)
    monkeypatch.setattr("audit.entries._BLOCK", 2)
    grow(11)
    export = made(asked("jsonl", actor=submitted().actor.id))
    lines = [json.loads(line) for line in path_of(export).read_text().splitlines()]
    assert [line["n"] for line in lines] == list(range(11))
    assert {line["id"] for line in lines} == {
        str(id) for id in AuditEvent.objects.filter(action="proposal.submitted").values_list("id", flat=True)
    }


def test_asking_making_and_deleting_each_leave_one_event(committed, settings):
    grow(3)
    export = asked()
    assert asked().pk == export.pk, "the same question while it is under way is one export"
    assert asked("csv").pk != export.pk
    assert actions() == ["export.requested", "export.requested"]
    made(export)
    settings.EXPORTS_KEEP_DAYS = 2
    assert delete_due(at=timezone.now() + timedelta(days=1, hours=23)) == 0
    assert path_of(export).is_file()
    (folder() / "left-behind.part").mkdir()
    assert delete_due(at=timezone.now() + timedelta(days=2, minutes=1)) == 2
    assert actions() == ["export.requested"] * 2 + ["export.made"] * 2 + ["export.deleted"] * 2
    assert list(folder().iterdir()) == []
    export.refresh_from_db()
    assert (export.state, may_have(export, ALL)) == ("gone", False)
    told = AuditEvent.objects.filter(action="export.made").order_by("id")[0]
    assert (told.about, told.data["rows"], told.data["sha256"], told.on_behalf_of) == (
        {"export": str(export.pk)}, 3, export.sha256, MIA.id,
    )  # fmt: skip


def test_nothing_sealed_is_refused_and_nothing_is_kept(committed):
    with pytest.raises(NothingSealed):
        asked()
    assert not Export.objects.exists()
    assert actions() == []


def test_who_may_see_less_than_is_in_it_may_not_have_it(committed):
    grow(2, segments=["apparel"])
    grow(2, segments=[])
    export = made(asked())
    assert may_have(export, ALL)
    assert not may_have(export, Sight(segments=frozenset({"apparel"}), unsegmented=False))
    assert not may_have(export, Sight(segments=frozenset({"outdoor"}), unsegmented=True))
    narrow = made(asked(sight=Sight(segments=frozenset({"apparel", "outdoor"}), unsegmented=False)))
    assert may_have(narrow, Sight(segments=frozenset({"apparel"}), unsegmented=False)), "all that is in it is apparel"


def test_one_is_made_at_a_time_and_one_whose_worker_fell_silent_is_taken_again(committed):
    grow(3)
    export, now = asked(), timezone.now()
    first = claim(at=now)
    asked("csv")
    assert claim(at=now + SILENT) is None
    second = claim(at=now + SILENT + timedelta(seconds=1))
    assert (first.pk, second.pk, second.attempt) == (export.pk, export.pk, 2)
    perform(first)  # thought dead, and back again: it leaves nothing
    export.refresh_from_db()
    assert (export.state, export.attempt) == ("making", 2)
    assert not path_of(export).exists()
    perform(second)
    export.refresh_from_db()
    assert (export.state, actions().count("export.made")) == ("ready", 1)


def test_one_that_ends_every_worker_fails_with_its_event(committed):
    grow(3)
    export, now = asked(), timezone.now()
    for turn in range(MOST_ATTEMPTS):
        assert claim(at=now + turn * (SILENT + timedelta(seconds=1))).attempt == turn + 1
    assert claim(at=now + MOST_ATTEMPTS * (SILENT + timedelta(seconds=1))) is None
    export.refresh_from_db()
    assert (export.state, export.failure) == ("failed", "workers_ended")
    assert actions() == ["export.requested", "export.failed"]


@pytest.mark.parametrize(("broken", "code"), [(OSError("disk full"), "not_written"), (ValueError("no"), "broken")])
def test_one_that_cannot_be_made_says_why_and_leaves_no_file(committed, monkeypatch, broken, code):
    grow(3)
    export = asked()

    def fails(*args, **given):
        raise broken

    monkeypatch.setattr(making, "prepare", fails)
    made(export)
    assert (export.state, export.failure) == ("failed", code)
    assert list(folder().iterdir()) == []
    assert actions() == ["export.requested", "export.failed"]


def test_a_filter_of_another_release_is_refused_by_the_worker(committed):
    grow(3)
    export = asked("jsonl")
    Export.objects.filter(pk=export.pk).update(asked={"phase_of_the_moon": "full"})
    assert (made(export).state, export.failure) == ("failed", "filter_unreadable")


def test_proofs_too_large_for_one_bundle_are_refused(committed, monkeypatch):
    monkeypatch.setattr("audit.bundling.MOST_PROOF_BYTES", 100)
    for _ in range(3):
        grow(3, segments=["apparel"])
        grow(3, segments=["outdoor"])
    export = made(asked(sight=Sight(segments=frozenset({"apparel"}), unsegmented=False)))
    assert (export.state, export.failure) == ("failed", "too_scattered")


_KILLED = """
import os, signal
import django
django.setup()
from django.utils import timezone
from audit.exporting import making, taking
from audit.exporting.taking import claim

def struck(self, done):
    os.kill(os.getpid(), signal.SIGKILL)

if "{where}" == "reading":
    making._Alive.__call__ = struck
else:
    def finish(*args, **given):
        os.kill(os.getpid(), signal.SIGKILL)
    making.{where} = finish
making.perform(claim(at=timezone.now()))
"""


@pytest.mark.faults
@pytest.mark.parametrize("where", ["reading", "_finish", "record_export"])
def test_a_killed_worker_leaves_no_file_on_offer_and_the_next_one_makes_it(committed, exports_folder, where):
    grow(5)
    export = asked()
    env = os.environ | committed.env | {
        "ORCHESTR_EXPORTS_DIR": str(exports_folder), "DJANGO_SETTINGS_MODULE": "orchestr.settings",
    }  # fmt: skip
    ended = subprocess.run([sys.executable, "-c", _KILLED.format(where=where)], env=env, check=False, timeout=120)
    assert ended.returncode == -signal.SIGKILL
    export.refresh_from_db()
    assert (export.state, export.attempt) == ("making", 1)
    assert not may_have(export, ALL)
    again = claim(at=timezone.now() + SILENT + timedelta(seconds=1))
    perform(again)
    export.refresh_from_db()
    assert (export.state, export.attempt, actions().count("export.made")) == ("ready", 2, 1)
    assert [path.name for path in folder().iterdir()] == [path_of(export).name]


def test_a_sign_of_life_of_one_that_was_taken_over_is_refused(committed):
    grow(1)
    asked()
    first = claim(at=timezone.now())
    claim(at=timezone.now() + SILENT + timedelta(seconds=1))
    with pytest.raises(Taken):
        taking.beat(first, done=1, at=timezone.now())
