"""How text reads against how it looks: characters nobody sees, and the alphabets its words are written in."""

import html
import re

# Left out on purpose: the soft hyphen, which German copy is full of, and the variation selectors and joiners of emoji.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
    "|[\u200c\u200d](?=[A-Za-z\u00c0-\u024f])|(?<=[A-Za-z\u00c0-\u024f])[\u200c\u200d]"
)
_WORD = re.compile(r"[^\W\d_]+")
_LATIN = re.compile("[A-Za-z\u00aa\u00ba\u00c0-\u024f\u1e00-\u1eff]")
_ALPHABETS = (
    _LATIN,
    re.compile("[\u0370-\u03ff\u1f00-\u1fff]"),  # Greek
    re.compile("[\u0400-\u052f\u1c80-\u1c8f\u2de0-\u2dff\ua640-\ua69f]"),  # Cyrillic
    re.compile("[\u0530-\u058f]"),  # Armenian
    re.compile("[\u0590-\u05ff\ufb1d-\ufb4f]"),  # Hebrew
    re.compile("[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefe]"),  # Arabic
    re.compile("[\u13a0-\u13ff\uab70-\uabbf]"),  # Cherokee
    re.compile("[\u2c80-\u2cff]"),  # Coptic
)
_FOREIGN = re.compile(
    "[\u0370-\u03ff\u0400-\u052f\u0530-\u06ff\u0750-\u077f\u13a0-\u13ff\u1c80-\u1c8f\u1f00-\u1fff\u2c80-\u2cff"
    "\u2de0-\u2dff\ua640-\ua69f\uab70-\uabbf\ufb1d-\ufdff\ufe70-\ufefe]"
)
# Letters of other alphabets that look like Latin ones: a word of nothing else reads as a Latin word.
_LOOKS_LATIN = re.compile(
    "[\u0391\u0392\u0395-\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03b1\u03b9\u03ba\u03bd\u03bf"
    "\u03c1\u03c4\u03c5\u03c7\u03f2\u0405\u0406\u0408\u0410\u0412\u0415\u041a\u041c-\u041e\u0420-\u0423\u0425\u0430"
    "\u0435\u043e\u0440\u0433\u0441\u0443\u0445\u0455\u0456\u0458\u04ae\u04af\u04bb\u04c0\u04cf\u0501\u051b\u051d"
    "\u0555\u0566\u0570\u0578\u057d\u0581\u0585]+"
)
_UNITS = frozenset({"Ω", "kΩ", "MΩ", "μm", "μg", "μl", "μF"})


def resolved(text: str) -> str:
    """Text with its entities resolved, as a browser shows it."""
    return html.unescape(text) if "&" in text else text


def first_hidden(text: str) -> str | None:
    """The first character that nobody sees, or that turns the reading direction."""
    match = _HIDDEN.search(text)
    return None if match is None else match.group()[-1]


def mixes_letters(text: str) -> bool:
    """Whether a word has letters of two alphabets; signs of units do not count."""
    return any(_alphabets(word) > 1 for word in _foreign_words(text))


def disguised_word(text: str) -> str | None:
    """The first word of another alphabet, of two letters or more, that reads as a Latin one from end to end."""
    words = _foreign_words(text)
    return next((word for word in words if len(word) > 1 and _LOOKS_LATIN.fullmatch(word) is not None), None)


def _foreign_words(text: str) -> list[str]:
    if _FOREIGN.search(text) is None:
        return []
    return [word for word in _WORD.findall(text) if _FOREIGN.search(word) is not None and word not in _UNITS]


def _alphabets(word: str) -> int:
    return sum(alphabet.search(word) is not None for alphabet in _ALPHABETS)
