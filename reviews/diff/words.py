"""Differences between two texts, word by word, as pieces a page can mark up."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

MAX_WORDS = 4_000  # matching is quadratic in the worst case: longer texts are shown whole, before and after
_WORDS = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Piece:
    kind: Literal["same", "removed", "added"]
    text: str


def pieces(before: str, after: str) -> tuple[Piece, ...]:
    """What stayed, went and came, in reading order; removed words stand before what replaces them."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    if len(old) + len(new) > MAX_WORDS:
        whole = (Piece("removed", before), Piece("added", after))
        return (Piece("same", before),) if before == after else tuple(piece for piece in whole if piece.text)
    found: list[Piece] = []
    gone, came = "", ""
    for tag, i1, i2, j1, j2 in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        stayed = "".join(old[i1:i2]) if tag == "equal" else ""
        if stayed and (stayed.strip() or not (gone or came)):
            found += _change(gone, came)
            gone, came = "", ""
            found.append(Piece("same", stayed))
        else:  # a lone space between two changes belongs to the change: phrases are read, not confetti
            gone, came = gone + "".join(old[i1:i2]), came + "".join(new[j1:j2])
    return (*found, *_change(gone, came))


def _change(gone: str, came: str) -> list[Piece]:
    if gone == came:
        return [Piece("same", gone)] if gone else []
    removed: list[Piece] = [Piece("removed", gone)] if gone else []
    return removed + ([Piece("added", came)] if came else [])
