"""Thousands of changed bundles: neither verifier takes one for good, and none ends in anything but its own refusal."""

import base64
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from audit import bundle, page, verify
from audit.bundle import BundleBad, BundleUnusable
from tests.audit.doctored import mutants
from tests.audit.doctored.forged import SIGNER, Made, checked, made

SCRIPT = Path(page.__file__).with_name("page.js")
DRIVER = Path(__file__).with_name("page_in_node.mjs")


def test_the_bundles_that_are_changed_here_are_good():
    for good in (made(), made(spans=[(0, 40)]), made(spans=[(39, 40)]), made(spans=[])):
        assert checked(good.file(), key=SIGNER.key).checkpoint.size == 40


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_no_changed_bundle_passes_the_verifier_and_none_crashes_it():
    passed, tried = [], 0
    for kind, changed in mutants.every():
        tried += 1
        try:
            checked(changed.file())
        except (BundleBad, BundleUnusable):
            continue
        passed.append(kind)
    sys.stdout.write(f"{tried} changed bundles, {len(passed)} passed\n")
    assert passed == []
    assert tried > 3_000


def test_the_log_s_own_key_given_by_hand_lets_none_pass_that_names_another(tmp_path):
    other = made().with_part("keys", f"{SIGNER.key}\n{SIGNER.key}\n".encode())
    with pytest.raises(BundleBad, match="keys"):
        checked(other.file(), key=SIGNER.key)


def test_the_program_ends_with_one_or_two_for_every_sort_of_change(tmp_path, capsys):
    dice, file = random.Random(3), tmp_path / "trail.bundle"
    for kind, changed in dice.sample(list(mutants.every()), 150):
        file.write_bytes(changed.file())
        assert verify.main([str(file)]) in (1, 2), kind
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        assert "First bad place:" in said.out or "cannot be" in said.err


@pytest.mark.parametrize("name", bundle.MEMBERS[:-1])
def test_a_member_that_is_missing_empty_or_moved_is_named(name, tmp_path):
    good = made().members()
    order = list(bundle.MEMBERS[:-1])
    place = order.index(name)
    without = _tar([*order[:place], *order[place + 1 :]], good)
    moved = _tar([*order[:place], *order[place + 1 :], name], good)
    twice = _tar([*order[:place], name, *order[place:]], good)
    empty = _tar(order, good | {name: b""})
    for content in (without, twice, empty, *([moved] if name != "index.html" else [])):
        with pytest.raises((BundleBad, BundleUnusable)):
            checked(content)


def test_what_follows_or_packs_a_bundle_is_refused():
    whole = made().file()
    others = [whole + b"\0", whole + whole, b"\0" * 512 + whole, whole[:-512], whole[:512], b"", bytes(10_240)]
    others += [b"\x1f\x8b" + whole, b"PK\x03\x04" + whole, whole.replace(b"0000444", b"0000777", 1)]
    # Sizes that only some readers of tar files understand: in base 256, negative, with blanks.
    others += [
        whole[:124] + size + whole[136:] for size in (b"\x80" + b"\xff" * 11, b"\xff" * 12, b" " * 12, b"7" * 12)
    ]
    for content in others:
        with pytest.raises((BundleBad, BundleUnusable)):
            checked(content)


@pytest.mark.node
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_no_changed_bundle_passes_the_page_that_checks_it_offline(node: str) -> None:
    kinds, cases = [], []
    for kind, changed in mutants.every():
        if not kind.startswith("leaves"):  # The page computes them itself and carries no list.
            kinds.append(kind)
            cases.append(_case(changed))
    goods = [_case(each) for each in (made(), made(spans=[(0, 40)]), made(spans=[(39, 40)]), made(spans=[]))]
    ran = subprocess.run(
        [node, str(DRIVER), str(SCRIPT)], input="\n".join([*goods, *cases]), capture_output=True, text=True, check=False
    )
    assert ran.stderr == ""
    said = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [verdict for verdict, _ in said[: len(goods)]] == ["good"] * len(goods)
    passed = [kind for kind, (verdict, _) in zip(kinds, said[len(goods) :], strict=True) if verdict != "bad"]
    sys.stdout.write(f"{len(kinds)} changed bundles, {len(passed)} passed\n")
    assert passed == []
    assert len(kinds) > 3_000


def _case(changed: Made) -> str:
    carried = {name: base64.b64encode(changed.parts[name]).decode() for name in page.CARRIED}
    return json.dumps({"carried": carried, "events": base64.b64encode(changed.events()).decode()})


def _tar(names: list[str], parts: dict[str, bytes]) -> bytes:
    events = made().events()
    members = [*((name, parts[name]) for name in names), (bundle.EVENTS, events)]
    return b"".join(b"".join(bundle._member(name, len(part), [part])) for name, part in members) + bytes(1024)
