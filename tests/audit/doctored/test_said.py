"""What nobody signs in a bundle: its question, and which version made it. Entries that do not answer are named."""

import json

import pytest

from audit import members, verify
from audit.bundle import BundleBad
from audit.notes import Checkpoint, Key, NoteRefused, Signer
from audit.proofs import ProofRefused, check_consistency, included_root
from tests.audit.doctored.forged import LEAVES, SIGNER, STRANGER, Made, checked, entry, made

PROPOSAL = entry(17)["about"]["proposal"]


def asking(**query: str) -> Made:
    return made(spans=[(17, 18)], query=query)


def told(good: Made) -> str:
    return "\n".join(verify.told(checked(good.file())))


@pytest.mark.parametrize(
    "query",
    [
        {"proposal": PROPOSAL},
        {"id": PROPOSAL},
        {"id": entry(17)["id"].upper()},
        {"actor": entry(17)["actor"]["id"]},
        {"agent": entry(17)["actor"]["id"]},
        {"action": "proposal."},
        {"action": "proposal.submitted"},
        {"text": "SUBMITTED " + PROPOSAL[-6:]},
        {"since": entry(17)["at"], "until": entry(18)["at"]},
        {},
    ],
)
def test_a_question_that_every_entry_answers_is_told_and_not_signed(query):
    assert "It is not signed." in told(asking(**query))


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("proposal", entry(18)["about"]["proposal"]),
        ("id", "somebody"),
        ("actor", "somebody"),
        ("agent", "somebody"),
        ("person", "somebody"),
        ("workflow", "somebody"),
        ("run", "somebody"),
        ("action", "policy."),
        ("text", "somebody"),
        ("text", "submitted somebody"),
        ("text", " "),
        ("action", "proposal.approved"),
        ("since", entry(18)["at"]),
        ("until", entry(17)["at"]),
    ],
)
def test_an_entry_that_does_not_answer_the_question_is_named(name, asked):
    with pytest.raises(BundleBad) as bad:
        checked(asking(**{name: asked}).file())
    assert bad.value.place == "entry #17 (events.jsonl, line 1)"
    assert f"({name})" in bad.value.message


def test_a_filter_that_entries_do_not_tell_is_said_to_be_unchecked():
    assert "do not tell whether they answer it: 'sku', 'x'." in told(asking(sku="JACKET-1", x="y", proposal=PROPOSAL))


def test_a_sealed_entry_that_is_no_event_answers_no_question():
    for content in (b"[]", b"1", b"{}", b'{"about":[],"actor":1,"action":2}', b"\xff", b"[" * 100_000):
        leaf = verify.sha256(b"\0" + content).digest()
        checkpoint = Checkpoint(origin=SIGNER.key.name, size=1, root=leaf, at=_time())
        about = json.loads(asking().parts["bundle.json"]) | {"size": 1, "root": leaf.hex(), "first": 0, "last": 0}
        parts = dict(asking().parts) | {
            "checkpoint": checkpoint.signed([SIGNER]).encode(), "numbers": b"0-0\n", "leaves": leaf, "proof": b"",
            "consistency.json": members.dumped([]), "bundle.json": members.dumped(about | {"query": {"action": "x"}}),
        }  # fmt: skip
        with pytest.raises(BundleBad, match="does not answer"):
            checked(Made(parts, [content]).file())


def test_of_another_version_it_is_said_that_its_page_and_schema_were_compared_with_nothing():
    good = made()
    about = json.loads(good.parts["bundle.json"]) | {"generator": "orchestr-audit 2"}
    other = good.with_part("bundle.json", members.dumped(about)).with_part("schema.json", b"{}\n")
    assert "were not compared with anything" in told(other)
    assert "were not compared with anything" not in told(good)
    with pytest.raises(BundleBad, match=r"schema\.json"):
        checked(good.with_part("schema.json", b"{}\n").file())


def test_a_page_that_was_exchanged_is_named():
    good = made()
    forged = Made(dict(good.members()) | {"index.html": b"<p>Good.</p>"}, good.lines, whole_page=False)
    with pytest.raises(BundleBad, match=r"index\.html"):
        checked(forged.file())


def test_a_bundle_under_a_key_of_its_maker_s_own_is_known_by_that_key_alone():
    at = Checkpoint.parse(made().parts["checkpoint"].decode().rsplit("\n\n", 1)[0] + "\n")
    forged = made().with_part("checkpoint", at.signed([STRANGER]).encode())
    forged = forged.with_part("keys", f"{STRANGER.key}\n".encode())
    assert "compare it with the log's published key" in told(forged)
    with pytest.raises(BundleBad, match="None of the known keys"):
        checked(forged.file(), key=SIGNER.key)


@pytest.mark.parametrize("size", [-1, 1 << 63, 1 << 4_000])
def test_a_size_that_no_log_has_is_refused_before_anything_is_computed(size):
    with pytest.raises(ProofRefused):
        check_consistency(old=1, old_root=LEAVES[0], size=size, root=LEAVES[0], proof=[])
    with pytest.raises(ProofRefused):
        included_root([(0, 1)], size, iter(LEAVES), iter(LEAVES))
    with pytest.raises(ProofRefused):
        included_root([], size, iter(LEAVES), iter(LEAVES))


@pytest.mark.parametrize("text", ["\ud800", f"\ud800+{'0' * 8}+AAAA", f"a\udcff+{'0' * 8}+{'A' * 44}"])
def test_half_a_character_is_no_name_of_a_key(text):
    with pytest.raises(NoteRefused):
        Key.parse(text)
    with pytest.raises(NoteRefused):
        Signer.new(text)


def _time():
    return Checkpoint.parse(made().parts["checkpoint"].decode().rsplit("\n\n", 1)[0] + "\n").at
