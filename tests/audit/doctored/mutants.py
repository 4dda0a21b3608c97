"""Changed bundles: of each member every kind of change that somebody, or a bad disk, could think of.

Each is a bundle that says something else than the good one, or says it in another way than it is written. What nobody
signs (the question, and which version made it) is not among them: see `test_bundles.py` beside this.
"""

import json
import random
from collections.abc import Iterator
from typing import Any

from tests.audit.doctored.forged import LEAVES, Made, Mutant, made, put
from tests.audit.doctored.mutated_notes import keys, notes

# As they stand in JSON: what a number, a hash, a list or a word may not be.
_OTHER = (
    "null", "true", "false", "-1", "0", "1", "2", "41", "40.0", "40.5", "4e1", "1e400", "-0", "NaN", "Infinity",
    "-Infinity", "9007199254740993", "18446744073709551616", "9" * 400, "9" * 5000, '"40"', '"4\\u0030"', '""', "[]",
    "[[]]", "{}", '{"a": 1}', "[" * 3_000 + "]" * 3_000, '"' + "x" * 10_000 + '"', '"\\ud800"', "[NaN]",
)  # fmt: skip
_TEXT = (
    lambda text: text.replace(b"\n", b"\r\n"),
    lambda text: text.replace(b"\n", b"\r"),
    lambda text: text + b"\n",
    lambda text: b"\n" + text,
    lambda text: text[:-1],
    lambda text: text + b" ",
    lambda text: b" " + text,
    lambda text: b"\xef\xbb\xbf" + text,
    lambda text: text + b"\x00",
    lambda text: text + b"\xff\xfe",
    lambda text: text.decode("utf-8", "replace").encode("utf-16"),
    lambda text: text * 2,
    lambda text: b"",
    lambda text: text[::-1],
    lambda text: text.upper(),
    lambda text: text.replace(b"0", "\uff10".encode()),
)


def every() -> Iterator[Mutant]:
    """All of them, in the same order each time."""
    for good in (made(), made(spans=[(0, 40)]), made(spans=[(39, 40)])):
        yield from _texts(good)
        yield from _abouts(good)
        yield from _numbers(good)
        yield from _proofs(good)
        yield from notes(good)
        yield from keys(good)
        yield from _grown(good)
        yield from _entries(good)
    yield from _bytes(made(), random.Random(7))


def _texts(good: Made) -> Iterator[Mutant]:
    for name in ("bundle.json", "checkpoint", "keys", "numbers", "proof", "consistency.json"):
        for place, change in enumerate(_TEXT):
            yield from put(good, name, change(good.parts[name]), f"text {place}")


def _lines_with(text: bytes, field: str, other: str) -> bytes:
    """JSON as it is written, with another value in the lines of one field."""
    said: Any = json.loads(text)
    mark = '"a mark that stands nowhere else"'
    for each in said if isinstance(said, list) else [said]:
        each[field] = json.loads(mark)
    return (json.dumps(said, sort_keys=True, indent=1, ensure_ascii=False) + "\n").replace(mark, other).encode()


def _abouts(good: Made) -> Iterator[Mutant]:
    text = good.parts["bundle.json"]
    said = json.loads(text)
    for field in ("format", "origin", "size", "root", "count", "first", "last", "complete"):
        for other in _OTHER:
            if json.dumps(said[field]) != other:
                yield from put(good, "bundle.json", _lines_with(text, field, other), f"{field} is {other[:20]}")
    for other in ("null", "1", "[]", '"x"', '{"actor": 1}', '{"actor": null}', '{"actor": ["x"]}'):
        yield from put(good, "bundle.json", _lines_with(text, "query", other), f"query is {other}")
    for other in ("null", "1", '""', '"orchestr-audit"', '"orchestr-audit 01"', '"orchestr-audit 1 "', '"x\\ny"'):
        yield from put(good, "bundle.json", _lines_with(text, "generator", other), f"generator is {other}")
    spelled = {
        "no spaces": json.dumps(said, sort_keys=True).encode(),
        "another order": json.dumps(dict(reversed(said.items())), indent=1).encode() + b"\n",
        "said twice": text.replace(b'\n "count":', b'\n "count": 1,\n "count":'),
        "said twice, alike": text.replace(
            b"{\n", b'{\n "complete": ' + json.dumps(said["complete"]).encode() + b",\n", 1
        ),
        "escaped": text.replace(b'"count"', b'"co\\u0075nt"'),
        "one more": _lines_with(text, "more", "1"),
        "proto": _lines_with(text, "__proto__", "{}"),
        "a list": b"[" + text + b"]",
    }
    for field in said:
        spelled[f"without {field}"] = _dumped({name: part for name, part in said.items() if name != field})
    for kind, content in spelled.items():
        yield from put(good, "bundle.json", content, kind)


def _numbers(good: Made) -> Iterator[Mutant]:
    text = good.parts["numbers"].decode()
    runs = text.splitlines()
    others = [
        text + "39-39\n", text + "40-41\n", text + "50-60\n", text + "0-0\n", text + text, "0-39\n0-39\n", "5-3\n",
        "-1-5\n", "0--1\n", "00-39\n", "0-039\n", "+0-39\n", "0-39-7\n", "0-39 \n", " 0-39\n", "0 -39\n", "0-39\t\n",
        "0x0-0x27\n", "0e0-39\n", "0.0-39\n", "0-39.0\n", "0-3_9\n", "0-\n", "-\n", "39\n", "\n", "0-1e1\n",
        "0-9007199254740993\n", "0-18446744073709551616\n", f"0-{'9' * 400}\n", f"{'9' * 18}-{'9' * 18}\n",
        "0-39,\n", "0-39#\n", "\u0660-39\n", "0\u201339\n", "".join(f"{run}\n" for run in reversed(runs)) + "x",
        "".join(f"{n}-{n}\n" for n in range(40)), "1-39\n0-0\n", "0-20\n20-39\n", "0-20\n21-39\n",
    ]  # fmt: skip
    for place, other in enumerate(others):
        yield from put(good, "numbers", other.encode(), f"runs {place}")
    for place, run in enumerate(runs):
        first, last = map(int, run.split("-"))
        for moved in (
            (first + 1, last + 1),
            (first - 1, last - 1),
            (first, last + 1),
            (first, last - 1),
            (last, first),
        ):
            other = "".join(f"{line}\n" for line in [*runs[:place], f"{moved[0]}-{moved[1]}", *runs[place + 1 :]])
            yield from put(good, "numbers", other.encode(), f"run {place} is {moved}")


def _proofs(good: Made) -> Iterator[Mutant]:
    hashes = good.parts["proof"].decode().splitlines()
    pad = LEAVES[0].hex()
    lists = [
        [*hashes, pad],
        [pad, *hashes],
        hashes + hashes,
        [pad] * len(hashes),
        hashes[::-1],
        hashes[1:],
        hashes[:-1],
    ]
    for at in range(len(hashes)):
        lists.append([*hashes[:at], *hashes[at + 1 :]])
        lists.append([*hashes[:at], pad, *hashes[at:]])
        for other in (
            hashes[at][:-1], hashes[at][:-2], hashes[at] + "0", hashes[at] + "00", hashes[at].upper(), "0x" + hashes[at][2:],
            hashes[at][:2] + " " + hashes[at][2:], hashes[at] + " ", " " + hashes[at][1:], "g" + hashes[at][1:], "", "0" * 64,
            hashes[at][:62] + "\uff10\uff10", hashes[at][::-1], hashes[at].translate(str.maketrans("0123", "1230")),
        ):  # fmt: skip
            lists.append([*hashes[:at], other, *hashes[at + 1 :]])
    for place, each in enumerate(lists):
        yield from put(good, "proof", "".join(f"{line}\n" for line in each).encode(), f"hashes {place}")
    leaves = good.parts["leaves"]
    for place, content in enumerate((b"", leaves[:-1], leaves[:-32], leaves + b"\0", leaves + leaves[:32], leaves[::-1],
                                     leaves[32:] + leaves[:32], leaves.hex().encode())):  # fmt: skip
        if content != leaves:
            yield f"leaves: {place}", good.with_part("leaves", content)


def _grown(good: Made) -> Iterator[Mutant]:
    text = good.parts["consistency.json"]
    said: list[dict[str, Any]] = json.loads(text)
    for field in ("size", "root", "proof"):
        for other in _OTHER:
            if field == "proof" and other == "[]":
                continue
            yield from put(good, "consistency.json", _lines_with(text, field, other), f"{field} is {other[:20]}")
    for place, other in enumerate(("null", "{}", "1", '"x"', "[1]", "[[]]", "[null]", "[" * 3000 + "]" * 3000, "[{}]")):
        yield from put(good, "consistency.json", f"{other}\n".encode(), f"other {place}")
    for at, each in enumerate(said):
        hashes: list[Any] = each["proof"]
        root = each["root"]
        proofs = [
            hashes[1:],
            hashes[:-1],
            [*hashes, hashes[0]],
            hashes[::-1],
            [*hashes[:-1], None],
            [*hashes[:-1], 1],
            [],
        ]
        proofs += [
            [*hashes[:-1], other]
            for other in (hashes[-1].upper(), hashes[-1][:-2], hashes[-1] + "00", " " + hashes[-1])
        ]
        for place, proof in enumerate(proofs):
            yield from put(good, "consistency.json", _dumped(_with(said, at, proof=proof)), f"{at}: proof {place}")
        for place, other in enumerate((root.upper(), root[:-2], root + "00", f"{root[:32]} {root[32:]}", "0" * 64)):
            yield from put(good, "consistency.json", _dumped(_with(said, at, root=other)), f"{at}: root {place}")
        for place, size in enumerate((each["size"] + 1, each["size"] - 1, -each["size"], 0, 40, 41, 1 << 63, 10**18)):
            yield from put(good, "consistency.json", _dumped(_with(said, at, size=size)), f"{at}: size {place}")
        yield from put(good, "consistency.json", _dumped(_with(said, at, more=1)), f"{at}: one more")
    yield from put(good, "consistency.json", _dumped(said[::-1]), "falling")
    yield from put(good, "consistency.json", _dumped(said + said[-1:]), "twice")
    whole = {"size": 40, "root": json.loads(good.parts["bundle.json"])["root"], "proof": []}
    yield from put(good, "consistency.json", _dumped([*said, whole]), "itself")


def _with(said: list[dict[str, Any]], at: int, **changed: Any) -> list[dict[str, Any]]:
    return [*said[:at], said[at] | changed, *said[at + 1 :]]


def _entries(good: Made) -> Iterator[Mutant]:
    lines = list(good.lines)
    event = json.loads(lines[0])
    spelled = [
        json.dumps(event).encode(),
        json.dumps(dict(reversed(event.items())), separators=(",", ":")).encode(),
        lines[0].replace(b"single", b"singl\\u0065"),
        lines[0].replace(b'"v":1', b'"v":1.0'),
        lines[0].replace(b'"v":1', b'"v":1,"v":1'),
        lines[0].replace(b'"v":1', b'"v":1,"x":0'),
        lines[0].replace(b'"v":1', b'"v":2'),
        lines[0].replace(b"2026", b"2025"),
        lines[0] + b" ", lines[0] + b"\r", b" " + lines[0], lines[0] + b"\0", b"\xef\xbb\xbf" + lines[0], b"", b"{}",
        b"\xff", b"[" * 100_000, lines[0][:-1], lines[-1] + lines[0],
    ]  # fmt: skip
    changed: list[list[bytes]] = [[each, *lines[1:]] for each in spelled]
    changed += [
        [*lines, lines[0]],
        [lines[0], *lines],
        [*lines, b""],
        [b"", *lines],
        lines[1:],
        lines[:-1],
        [],
        lines * 2,
    ]
    changed += [lines[::-1], [*lines[1:], lines[0]]]
    for at in range(0, len(lines) - 1, 3):
        changed += [[*lines[:at], lines[at + 1], lines[at], *lines[at + 2 :]], [*lines[: at + 1], *lines[at:]]]
    for place, each in enumerate(changed):
        if each != lines:
            yield f"events.jsonl: {place}", Made(good.parts, each)


def _bytes(good: Made, dice: random.Random) -> Iterator[Mutant]:
    """Bits and bytes of every member, thrown by dice that fall alike each time."""
    for name in ("checkpoint", "keys", "numbers", "leaves", "proof", "consistency.json"):
        content = good.parts[name]
        for turn in range(200):
            at, kind = dice.randrange(len(content)), dice.randrange(4)
            other = dice.choice([b"\n", b" ", b"0", b"+", b"=", b"\xff", bytes([dice.randrange(256)])])
            changed = (
                content[:at] + bytes([content[at] ^ 1 << dice.randrange(8)]) + content[at + 1 :],
                content[:at] + other + content[at:],
                content[:at] + content[at + 1 :],
                content[:at] + other * dice.randrange(1, 9) + content[min(at + dice.randrange(9), len(content)) :],
            )[kind]
            yield from put(good, name, changed, f"byte {turn}")
    events = good.events()
    for turn in range(300):
        at = dice.randrange(len(events) - 1)
        changed = events[:at] + bytes([events[at] ^ 1 << dice.randrange(8)]) + events[at + 1 :]
        yield f"events.jsonl: byte {turn}", Made(good.parts, changed[:-1].split(b"\n"))


def _dumped(value: Any) -> bytes:
    return (json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False) + "\n").encode()
