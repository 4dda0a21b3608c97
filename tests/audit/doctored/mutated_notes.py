"""Changed checkpoints and keys of a bundle: see `mutants.py`."""

import base64
from collections.abc import Iterator

from audit.notes import Checkpoint, Note
from tests.audit.doctored.forged import SIGNER, STRANGER, Made, Mutant, put


def notes(good: Made) -> Iterator[Mutant]:
    note = good.parts["checkpoint"].decode()
    text, line = Note.parse(note).text, note.rsplit("\n\n", 1)[1]
    said = Checkpoint.parse(text)
    origin, size, root, at = text.splitlines()
    signature = line.split(" ")[2].strip()
    slack = chr(ord(signature.rstrip("=")[-1]) ^ 1)
    padded = signature.rstrip("=")[:-1] + slack + "=" * signature.count("=")
    for place, other in enumerate((
        "-1", "0", "41", "039", "40.0", "4e1", "+40", " 40", "40 ", "4_0", "\u0664\u0660", "0x28", "9" * 18, "9" * 19,
        "9" * 400, "", "NaN", "1e400", str(1 << 63), str((1 << 63) - 1), "9007199254740993",
    )):  # fmt: skip
        changed = text.replace(f"\n{size}\n", f"\n{other}\n", 1)
        yield from put(good, "checkpoint", f"{changed}\n{line}".encode(), f"size {place}")
        # Signed anew by the log's own key: what it says then has to be what the bundle proves.
        yield from put(good, "checkpoint", f"{changed}\n{SIGNER.line(changed)}".encode(), f"size {place}, signed")
    for place, other in enumerate((
        base64.b64encode(said.root[:-1]).decode(), base64.b64encode(said.root + b"\0").decode(), said.root.hex(),
        root.rstrip("="), root + "=", root[:-2] + chr(ord(root[-2]) ^ 1) + "=", root.replace("=", ""), "", "A" * 44,
        base64.b64encode(bytes(32)).decode(), root[:20] + " " + root[20:], base64.urlsafe_b64encode(b"\xff" * 32).decode(),
    )):  # fmt: skip
        changed = text.replace(root, other)
        yield from put(good, "checkpoint", f"{changed}\n{line}".encode(), f"root {place}")
        yield from put(good, "checkpoint", f"{changed}\n{SIGNER.line(changed)}".encode(), f"root {place}, signed")
    for place, changed in enumerate((
        f"{origin}\n{size}\n{root}\n", f"{text}more\n", f"{text}\n", f"\n{text}", f"{size}\n{origin}\n{root}\n{at}\n",
        text.replace("time ", ""), text.replace("time ", "time  "), text.replace(".000000Z", "Z"), text + text,
        text.replace("2026", "2025"), text.replace(origin, origin + "/2"), text.replace(origin, "other"), text[:-1] + " \n",
    )):  # fmt: skip
        yield from put(good, "checkpoint", f"{changed}\n{line}".encode(), f"text {place}")
        if "2025" not in changed:  # Another time under the same key says no other thing of the log.
            yield from put(good, "checkpoint", f"{changed}\n{SIGNER.line(changed)}".encode(), f"text {place}, signed")
    for kind, lines in {
        "nobody": "", "a stranger": STRANGER.line(text), "twice": line * 2, "and a stranger": line + STRANGER.line(text),
        "twenty": line * 20, "over other text": SIGNER.line("other\n"), "both wrong": line + SIGNER.line("other\n"),
        "wrong first": SIGNER.line("other\n") + line, "slack bits": line.replace(signature, padded),
        "no padding": line.replace("=", ""), "more padding": line.replace(signature, signature + "="),
        "a hyphen": line.replace("\u2014", "-"), "two spaces": line.replace(" ", "  "), "a tab": line.replace(" ", "\t"),
        "another name": line.replace(origin, "other"), "unknown id": line.replace(signature[:4], "AAAA"),
        "a word more": line.replace("\n", " x\n"), "empty": f"\u2014 {origin} \n", "short": f"\u2014 {origin} AAAA\n",
        "unknown and short": line + "\u2014 other AAAA\n", "zeros": f"\u2014 {origin} {'A' * 91}=\n",
    }.items():  # fmt: skip
        yield from put(good, "checkpoint", f"{text}\n{lines}".encode(), kind)


def keys(good: Made) -> Iterator[Mutant]:
    line = good.parts["keys"].decode().strip()
    name, id, encoded = line.split("+", 2)
    for place, other in enumerate((
        str(STRANGER.key), f"{line}\n{STRANGER.key}", f"{STRANGER.key}\n{line}", f"{line}\n{line}", f"{line}\nx", "x",
        f"{name}+{id.upper()}+{encoded}", f"{name}+00000000+{encoded}", f"other+{id}+{encoded}", f" {line}", f"{line} ",
        f"{line}=", line.replace("+", " "), f"PRIVATE+KEY+{line}", f"{name}+{id}+{encoded[:-4]}", f"{name}+{id}+AAAA{encoded}",
        f"{name}+{id}+Ag{encoded[2:]}", f"{name}+{id}+", f"{name}++{encoded}", f"{line}\n\n", f"\n{line}", "9" * 5000,
        f"{line}\u2028{line}", f"{line}\x0b{line}",
    )):  # fmt: skip
        yield from put(good, "keys", f"{other}\n".encode(), f"{place}")
