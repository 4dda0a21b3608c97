"""What the pages say, from the sources, and what the German catalogue has for it: read without gettext's tools."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation.template import templatize

from reviews.admin.policy_words import rule_texts

ROOT = Path(__file__).parents[2]
GERMAN = ROOT / "locale" / "de" / "LC_MESSAGES"
ROOMS = ("orchestr", "reviews", "audit")

# Each function with the places of its context (or none) and of its text among the arguments.
MARKS: dict[str, tuple[int | None, int]] = {
    name + lazy: places
    for name, places in {
        "gettext": (None, 0),
        "ngettext": (None, 0),
        "pgettext": (0, 1),
        "npgettext": (0, 1),
    }.items()
    for lazy in ("", "_lazy", "_noop")
} | {"_": (None, 0)}

_STRING = r"""(u?'(?:\\.|[^'\\])*'|u?"(?:\\.|[^"\\])*")"""
_CALL = re.compile(rf"(?<!\w)(_|n?p?gettext)\(\s*{_STRING}(?:\s*,\s*{_STRING})?")

type Key = tuple[str, str]  # context, text


@dataclass(slots=True)
class Entry:
    """One message of a .po file as it stands there."""

    context: str = ""
    text: str = ""
    plural: str | None = None
    german: dict[int, str] = field(default_factory=dict)
    fuzzy: bool = False


def entries(po: Path = GERMAN / "django.po") -> list[Entry]:
    """Every message of the file, without its header and what is commented out. Fails on a line it cannot read."""
    blocks = (block.splitlines() for block in po.read_text().split("\n\n"))
    read = [_entry([line for line in block if line and not line.startswith("#~")]) for block in blocks]
    return [entry for entry in read if entry.text]


def _entry(lines: list[str]) -> Entry:
    entry, parts = Entry(), dict[str, str]()
    keyword = ""
    for line in lines:
        if line.startswith("#"):
            entry.fuzzy = entry.fuzzy or (line.startswith("#,") and "fuzzy" in line)
            continue
        if not line.startswith('"'):
            keyword, line = line.split(" ", 1)
        parts[keyword] = parts.get(keyword, "") + ast.literal_eval(line)
    entry.context, entry.text, entry.plural = (
        parts.pop("msgctxt", ""),
        parts.pop("msgid", ""),
        parts.pop("msgid_plural", None),
    )
    entry.german = {int(name[7:-1]) if name != "msgstr" else 0: text for name, text in parts.items()}
    return entry


def said() -> set[Key]:
    """Every text that a source file marks for translation, and those of policy's rules."""
    found = set(rule_texts())
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            found |= set(_of_python(ast.parse(path.read_text())))
    for path in (ROOT / "templates").rglob("*"):
        if path.suffix in (".html", ".txt"):
            found |= set(_of_template(path.read_text()))
    return found


def _of_python(tree: ast.AST) -> Iterator[Key]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in MARKS:
            continue
        context, text = MARKS[name]
        given = [each.value if isinstance(each, ast.Constant) else None for each in node.args]
        if len(given) > text and isinstance(given[text], str):
            yield ("" if context is None else str(given[context]), str(given[text]))


def _of_template(source: str) -> Iterator[Key]:
    for name, *literals in _CALL.findall(templatize(source)):
        context, text = MARKS[name]
        given = [ast.literal_eval(each) if each else "" for each in literals]
        yield ("" if context is None else given[context], given[text])
