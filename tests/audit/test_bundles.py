"""Bundles: the same bytes for the same question, good ones pass, and every doctored one is named."""

import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction

from audit import bundle, verify
from audit.bundling import prepare
from audit.keys import announce
from audit.models import AuditEvent, AuditLeaf
from audit.notes import Checkpoint, Signer
from audit.page import page
from audit.record import record_many
from audit.seal import Stretch, seal
from audit.selection import EVERYTHING, Selection
from tests.audit import independent
from tests.audit.events import NOON, REPRICER, submitted

SIGNER = Signer.new("orchestr-audit/test")


def grow(count: int, *, at=NOON, **entry) -> Checkpoint:
    with transaction.atomic():
        announce([SIGNER], at=NOON)
        record_many([submitted(**({"at": at} | entry)) for _ in range(count)])
    done = seal(signers=[SIGNER], at=at, within=Stretch())
    assert done.checkpoint is not None
    return done.checkpoint


def made(*, pinned: Checkpoint | None = None, windows: bool = False, size: int | None = None, **asked) -> bytes:
    file = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder:
        ready = prepare(
            selection=Selection(**asked),
            sight=EVERYTHING,
            pinned=pinned,
            folder=Path(folder),
            windows=windows,
            size=size,
        )
        bundle.write(file, ready.parts, ready.event_bytes, ready.blocks())
    return file.getvalue()


def checked(content: bytes, **given) -> verify.Verified:
    return verify.verify(bundle.opened(io.BytesIO(content)), **given)


def named(content: bytes, **given) -> str:
    with pytest.raises(bundle.BundleBad) as bad:
        checked(content, **given)
    return f"{bad.value.place}: {bad.value.message}"


@pytest.fixture
def pins(committed) -> list[Checkpoint]:
    """Sixty events in three sealings, a day apart; each happened when it was sealed."""
    return [grow(20, at=NOON + timedelta(days=turn)) for turn in range(3)]


def test_a_bundle_of_everything_is_good_and_complete(pins):
    found = checked(made(), key=SIGNER.key)
    assert (found.spans, found.checkpoint, found.key_given) == ([(0, 60)], pins[-1], True)


def test_the_same_question_over_the_same_part_of_the_log_is_the_same_file(pins):
    until = NOON + timedelta(days=1, seconds=1)
    first = made(until=until)
    assert checked(first).spans == [(0, 40)]
    grow(7, at=NOON + timedelta(days=9))
    assert made(until=until) == first


def test_entries_that_are_sealed_later_change_no_bundle_of_earlier_ones(pins):
    proposal = str(AuditEvent.objects.order_by("id")[3].about["proposal"])
    first = made(proposal=proposal)
    grow(5, at=NOON + timedelta(days=5))
    assert made(proposal=proposal) == first


def test_a_choice_of_entries_is_proven_entry_by_entry_and_says_that_it_is_chosen(pins):
    proposal = str(AuditEvent.objects.order_by("id")[30].about["proposal"])
    grow(3, at=NOON + timedelta(days=4), about={"proposal": proposal})
    found = checked(made(proposal=proposal))
    assert found.spans == [(30, 31), (60, 63)]
    assert any("not proven" in line for line in verify.told(found))


def test_an_implementation_that_shares_no_code_accepts_the_proof_of_one_entry(pins):
    proposal = str(AuditEvent.objects.order_by("id")[41].about["proposal"])
    with tarfile.open(fileobj=io.BytesIO(made(proposal=proposal))) as file:
        parts = {member.name: file.extractfile(member).read() for member in file}
    _, size, root = independent.read_checkpoint(parts["checkpoint"].decode(), parts["keys"].decode().strip())
    path = [bytes.fromhex(line) for line in parts["proof"].decode().split()]
    leaf = independent.hashed_leaf(parts["events.jsonl"].removesuffix(b"\n"))
    assert independent.is_included(41, size, leaf, path, root)
    for grown in json.loads(parts["consistency.json"]):
        old_root, proof = bytes.fromhex(grown["root"]), [bytes.fromhex(part) for part in grown["proof"]]
        assert independent.is_consistent(grown["size"], size, old_root, root, proof)


def test_only_what_is_sealed_is_in_a_bundle(pins):
    with transaction.atomic():
        record_many([submitted()])
    assert checked(made()).count == 60


def test_a_bundle_of_nothing_is_good(pins):
    found = checked(made(actor="nobody-at-all"))
    assert (found.count, found.checkpoint.size) == (0, 20)


def test_proves_that_the_log_grew_since_a_checkpoint_kept_earlier(pins):
    for pin in pins:
        assert checked(made(pinned=pin), pinned=pin.signed([SIGNER])).pinned == pin
    assert checked(made(actor=REPRICER.id), pinned=pins[0].signed([SIGNER])).pinned == pins[0]


def test_a_checkpoint_it_has_no_proof_from_cannot_be_checked_but_in_a_whole_log(pins):
    odd = grow(3, at=NOON + timedelta(days=7))
    grow(3, at=NOON + timedelta(days=7, hours=1))
    grow(3, at=NOON + timedelta(days=7, hours=2))
    pin = odd.signed([SIGNER])
    assert checked(made(), pinned=pin).pinned == odd
    proposal = str(AuditEvent.objects.order_by("-id")[0].about["proposal"])
    with pytest.raises(bundle.BundleUnusable, match="export it again with --pinned"):
        checked(made(proposal=proposal), pinned=pin)
    assert checked(made(proposal=proposal, pinned=odd), pinned=pin).pinned == odd


def test_names_a_log_that_was_cut_rewritten_or_is_another(pins):
    content = made()
    longer = Checkpoint(origin=SIGNER.key.name, size=99, root=b"\1" * 32, at=NOON)
    assert named(content, pinned=longer.signed([SIGNER])).startswith("entry #60: A checkpoint pinned earlier has 99")
    later = Checkpoint(origin=SIGNER.key.name, size=99, root=b"\1" * 32, at=NOON + timedelta(days=99))
    with pytest.raises(bundle.BundleUnusable, match="before the pinned checkpoint"):
        checked(content, pinned=later.signed([SIGNER]))
    fork = Checkpoint(origin=SIGNER.key.name, size=40, root=b"\1" * 32, at=NOON)
    assert "rewritten there, or is another" in named(content, pinned=fork.signed([SIGNER]))
    stranger = Signer.new("orchestr-audit/other")
    other = Checkpoint(origin=stranger.key.name, size=40, root=b"\1" * 32, at=NOON)
    assert "the pinned checkpoint" in named(content, pinned=other.signed([stranger]))


def test_refuses_a_bundle_that_another_key_signed(pins):
    assert named(made(), key=Signer.new(SIGNER.key.name).key).startswith("checkpoint: None of the known keys")


def test_names_an_entry_that_was_edited_taken_out_added_or_moved(pins):
    content = made()
    parts, lines = unpacked(content)
    edited = [*lines[:7], lines[7].replace(b"single", b"dual"), *lines[8:]]
    assert "entry #7" in named(packed(parts, edited))
    assert "entry #7" in named(packed(parts, lines[:7] + lines[8:]))
    assert "more entries" in named(packed(parts, [*lines, lines[0]]))
    assert "entry #3" in named(packed(parts, [*lines[:3], lines[4], lines[3], *lines[5:]]))
    assert "entry #59" in named(packed(parts, lines[:59]))
    listed = parts | {"leaves": b"".join(independent.hashed_leaf(line) for line in edited)}
    assert "not those that were sealed" in named(packed(listed, edited))


def test_names_a_part_that_was_taken_from_another_bundle(pins):
    parts, lines = unpacked(made())
    grow(4, at=NOON + timedelta(days=6))
    others, _ = unpacked(made())
    for name in ("bundle.json", "checkpoint", "numbers", "leaves", "consistency.json"):
        assert named(packed(parts | {name: others[name]}, lines))


def test_a_folder_it_was_unpacked_into_is_checked_alike(pins, tmp_path):
    with tarfile.open(fileobj=io.BytesIO(made())) as file:
        file.extractall(tmp_path, filter="data")
    assert verify.main([str(tmp_path)]) == 0
    events = tmp_path / "events.jsonl"
    content = events.read_bytes()
    events.chmod(0o644)
    events.write_bytes(content.replace(b"single", b"dual", 1))
    assert verify.main([str(tmp_path)]) == 1
    events.write_bytes(content)
    (tmp_path / "proof").unlink()
    assert verify.main([str(tmp_path)]) == 1


@pytest.mark.parametrize("kind", ["flip", "cut", "drop", "double"])
def test_no_changed_file_passes_and_none_crashes(kind, pins):
    content = made(actor=REPRICER.id, until=NOON + timedelta(seconds=1))
    checked(content)
    step = max(len(content) // 700, 1)
    for at in range(0, len(content), step):
        if kind == "flip":
            changed = content[:at] + bytes([content[at] ^ (1 << at % 8)]) + content[at + 1 :]
        elif kind == "cut":
            changed = content[:at]
        else:
            changed = content[:at] + content[at : at + 1] * (2 if kind == "double" else 0) + content[at + 1 :]
        if changed == content:
            continue
        with pytest.raises((bundle.BundleBad, bundle.BundleUnusable)):
            checked(changed)


def test_the_command_writes_a_bundle_that_the_verifier_accepts_without_django(pins, tmp_path):
    file, pin = tmp_path / "trail.bundle", tmp_path / "pin"
    pin.write_text(pins[0].signed([SIGNER]))
    call_command("export_audit", format="bundle", output=file, pinned=pin)
    assert file.stat().st_mode & 0o777 == 0o600
    event = AuditEvent.objects.get(action="export.made")
    assert (event.data["format"], event.data["rows"]) == ("bundle", 60)
    env = {"PATH": os.environ["PATH"]}
    root = Path(verify.__file__).parent.parent
    argv = [sys.executable, "-m", "audit.verify", str(file), "--pinned", str(pin), "--key", str(SIGNER.key)]
    good = subprocess.run(argv, cwd=root, env=env, capture_output=True, text=True)
    assert (good.returncode, good.stderr) == (0, "")
    assert "The log only grew since the pinned checkpoint of 20 entries." in good.stdout
    loaded = (
        "import audit.verify, sys; print(sorted({'django', 'psycopg', 'orchestr', 'audit.models'} & set(sys.modules)))"
    )
    assert (
        subprocess.run([sys.executable, "-c", loaded], cwd=root, env=env, capture_output=True, text=True).stdout
        == "[]\n"
    )


def test_the_program_tells_bad_from_unusable(pins, tmp_path, capsys):
    file = tmp_path / "trail.bundle"
    file.write_bytes(made())
    assert verify.main([str(file)]) == 0
    assert "compare it with the log's published key" in capsys.readouterr().out
    file.write_bytes(made().replace(b"single", b"double", 1))
    assert verify.main([str(file)]) == 1
    assert "First bad place: entry #0" in capsys.readouterr().out
    file.write_bytes(b"no bundle")
    assert verify.main([str(file)]) == 2
    assert verify.main([str(tmp_path / "absent")]) == 2
    assert verify.main([str(file), "--key", "no key"]) == 2


def test_a_bundle_is_refused_while_nothing_is_sealed(committed, tmp_path):
    with pytest.raises(CommandError, match="Nothing is sealed yet") as refused:
        call_command("export_audit", format="bundle", output=tmp_path / "trail.bundle")
    assert refused.value.returncode == 2
    assert list(tmp_path.iterdir()) == []
    assert not AuditEvent.objects.exists()


def test_exports_of_lines_hold_the_number_of_each_sealed_event(pins, tmp_path):
    with transaction.atomic():
        record_many([submitted()])
    call_command("export_audit", format="jsonl", output=tmp_path / "trail.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "trail.jsonl").read_text().splitlines()]
    numbers = {str(id): number for number, id in AuditLeaf.objects.values_list("number", "event_id")}
    assert [row["n"] for row in rows] == [numbers.get(row["id"]) for row in rows]
    assert [row["n"] for row in rows].count(None) == 1


def unpacked(content: bytes) -> tuple[dict[str, bytes], list[bytes]]:
    source = bundle.opened(io.BytesIO(content))
    return dict(source.parts), list(source.lines())


def packed(parts: dict[str, bytes], lines: list[bytes]) -> bytes:
    file, events = io.BytesIO(), b"".join(line + b"\n" for line in lines)
    bundle.write(file, parts | {"index.html": page(parts)}, len(events), [events])
    return file.getvalue()
