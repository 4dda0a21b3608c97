"""Notes and checkpoints: read strictly, signed by whom they say, and none that was changed."""

import base64
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.notes import Checkpoint, Key, Note, NoteRefused, Signer, opened
from tests.audit import independent

AT = datetime(2026, 3, 2, 12, 0, 0, 250_000, tzinfo=UTC)
SIGNER = Signer.new("orchestr.example/audit")
OTHER = Signer.new("orchestr.example/audit")
STRANGER = Signer.new("stranger.example")
CHECKPOINT = Checkpoint(origin=SIGNER.key.name, size=48_211, root=b"\x07" * 32, at=AT)
NOTE = CHECKPOINT.signed([SIGNER])


def test_a_checkpoint_is_written_as_c2sp_asks():
    lines = NOTE.split("\n")
    assert lines[:4] == [
        "orchestr.example/audit",
        "48211",
        base64.b64encode(b"\x07" * 32).decode(),
        "time 2026-03-02T12:00:00.250000Z",
    ]
    assert lines[4] == lines[6] == ""
    assert lines[5].startswith("\u2014 orchestr.example/audit ")


def test_an_implementation_that_shares_no_code_accepts_it():
    assert independent.read_checkpoint(NOTE, str(SIGNER.key)) == (SIGNER.key.name, 48_211, b"\x07" * 32)


def test_is_opened_by_the_key_that_signed_it():
    assert opened(NOTE, [OTHER.key, SIGNER.key]) == (CHECKPOINT, SIGNER.key)


def test_several_keys_may_sign_it():
    note = CHECKPOINT.signed([SIGNER, OTHER])
    assert Note.parse(note).signed_by([OTHER.key, SIGNER.key]) == [SIGNER.key, OTHER.key]
    assert opened(note, [OTHER.key]) == (CHECKPOINT, OTHER.key)


def test_refuses_what_only_a_stranger_signed():
    with pytest.raises(NoteRefused, match="None of the known keys"):
        opened(CHECKPOINT.signed([OTHER]), [SIGNER.key])


def test_refuses_a_checkpoint_signed_under_another_name():
    with pytest.raises(NoteRefused, match="None of the known keys"):
        opened(CHECKPOINT.signed([STRANGER]), [STRANGER.key])


def test_refuses_a_wrong_signature_though_another_is_right():
    wrong = SIGNER.line("something else\n")
    with pytest.raises(NoteRefused, match="is wrong"):
        opened(CHECKPOINT.signed([OTHER]) + wrong, [OTHER.key, SIGNER.key])


def test_leaves_signatures_of_unknown_keys_alone():
    assert opened(NOTE + STRANGER.line(CHECKPOINT.text()), [SIGNER.key])[0] == CHECKPOINT


def test_keys_are_read_as_they_are_written():
    assert Key.parse(str(SIGNER.key)) == SIGNER.key
    assert Signer.parse(SIGNER.secret()).key == SIGNER.key


def test_a_private_key_does_not_show_itself():
    assert SIGNER.secret().rsplit("+", 1)[1] not in repr(SIGNER)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+00000000",
        "name+zzzzzzzz+AAAA",
        f"{SIGNER.key.name}+00000000+{str(SIGNER.key).split('+', 2)[2]}",
        str(SIGNER.key).replace("orchestr", "Orchestr"),
        str(SIGNER.key) + "=",
        SIGNER.secret(),
    ],
    ids=["empty", "name", "no key", "no hash", "another's hash", "another's name", "padded", "private"],
)
def test_refuses_a_key_that_is_none(text):
    with pytest.raises(NoteRefused):
        Key.parse(text)


@pytest.mark.parametrize(
    "text",
    ["", "PRIVATE+KEY+", str(SIGNER.key), SIGNER.secret().replace("orchestr", "o")],
    ids=["empty", "nothing", "public", "another's name"],
)
def test_refuses_a_private_key_that_is_none(text):
    with pytest.raises(NoteRefused):
        Signer.parse(text)


@pytest.mark.parametrize("name", ["", "two words", "a+b", "a\nb"])
def test_refuses_a_name_no_key_can_have(name):
    with pytest.raises(NoteRefused):
        Signer.new(name)


@pytest.mark.parametrize(
    "change",
    [
        lambda note: note.replace("48211", "048211"),
        lambda note: note.replace("48211", "-1"),
        lambda note: note.replace("48211", "48211 "),
        lambda note: note.replace("time ", ""),
        lambda note: note.replace(".250000Z", ".25Z"),
        lambda note: note.replace(".250000Z", ".250000Z\nmore"),
        lambda note: note.replace("\n\n", "\n"),
        lambda note: note.replace("\n", "\r\n"),
        lambda note: note[:-1],
        lambda note: note + "\n",
        lambda note: note.replace("\u2014", "-"),
        lambda note: note.split("\n\n")[0] + "\n\n",
        lambda note: note * 2,
        lambda note: note + "\u2014 a AAAA\n",
        lambda note: note + "\u2014 a AAAAA\n",
        lambda note: note + "\u2014 a AAAAAAAAAB==\n",
        lambda note: note + STRANGER.line(CHECKPOINT.text()) * 20,
        lambda note: "x" * 1_000_001,
        lambda note: "",
    ],
)
def test_refuses_a_note_that_is_written_otherwise(change):
    with pytest.raises(NoteRefused):
        opened(change(NOTE), [SIGNER.key])


@settings(max_examples=3_000)
@given(st.data())
def test_no_changed_note_passes_and_none_crashes(data):
    at = data.draw(st.integers(0, len(NOTE) - 1))
    part = data.draw(st.one_of(st.characters(), st.sampled_from("\n =+/A0\u2014"), st.just("")))
    length = data.draw(st.integers(0, 3))
    changed = NOTE[:at] + part + NOTE[at + length :]
    if changed == NOTE:
        return
    with pytest.raises(NoteRefused):
        opened(changed, [SIGNER.key])


@settings(max_examples=500)
@given(st.text(max_size=300))
def test_no_text_crashes_the_readers(text):
    for read in (Note.parse, Checkpoint.parse, Key.parse, Signer.parse):
        with suppress(NoteRefused):
            read(text)
