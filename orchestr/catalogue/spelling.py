"""Characters that a reader cannot see: refused in ids, and in copy where they could deceive."""

import unicodedata

# Controls of direction: they make a text read differently from what is stored (Unicode TR36, UTS39).
BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Joiners have an honest use in copy (emoji, Persian), none in ids.
JOINERS = frozenset("\u200c\u200d")
INVISIBLE = frozenset(
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u2060\u2061\u2062\u2063\u2064\u3164\ufeff\uffa0"
)
LAYOUT = frozenset("\t\n\r")


def hidden_in_id(text: str) -> str | None:
    """The first character of an id that cannot be seen, as `U+200B`; None if all can."""
    return _first(text, BIDI | JOINERS | INVISIBLE, allowed=frozenset())


def hidden_in_copy(text: str) -> str | None:
    """The first deceptive or unstorable character of a text for shoppers; line breaks and joiners may be."""
    return _first(text, BIDI | INVISIBLE, allowed=LAYOUT)


def _first(text: str, refused: frozenset[str], *, allowed: frozenset[str]) -> str | None:
    if text.isascii() and text.isprintable():
        return None
    for character in text:
        if character in allowed:
            continue
        # Cc: controls with NUL; Cs: half a surrogate pair, which UTF-8 cannot hold.
        if character in refused or unicodedata.category(character) in ("Cc", "Cs"):
            return f"U+{ord(character):04X}"
    return None
