"""Lists of words that are looked for in copy as a reader's eye takes it.

An entry is matched in folded text at word borders; `*` at an end stands for the rest of a word, so that
German compounds are met.
"""

import html
import re
import unicodedata
from functools import lru_cache

_TAG = re.compile(r"<[^<>]*>")
_WORD = re.compile(r"\w+")
_STEM = 3  # letters by which words are sorted out before the beginnings and ends themselves are compared
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)


def folded(text: str) -> str:
    """Text as a reader's eye takes it: entities and tags resolved, compatibility forms, case and spacing gone."""
    if "&" in text:
        text = html.unescape(text)
    if "<" in text:
        text = _TAG.sub("", text)
    if not text.isascii():
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return " ".join(text.casefold().split())


def words_of(folded_text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(folded_text))


def core_of(entry: str) -> str:
    return folded(entry.strip("*"))


def is_entry(entry: str) -> bool:
    """Whether this can stand in a list: something is left of it, and the part of a word beside `*` has three letters."""
    core = core_of(entry)
    if not core or core.startswith("*") or core.endswith("*"):
        return False
    return "*" not in entry or len(core) >= _STEM


class Lexicon:
    """A list of entries (each `is_entry`), sorted so that a text without claims is told from its words alone, in linear time."""

    __slots__ = ("_heads", "_phrases", "_prefixes", "_suffixes", "_symbols", "_tails", "_words")

    def __init__(self, entries: tuple[str, ...]) -> None:
        words: set[str] = set()
        prefixes, suffixes = [], []
        phrases: dict[str, list[re.Pattern[str]]] = {}
        for entry in entries:
            core = core_of(entry)
            if _WORD.fullmatch(core):
                if "*" not in entry:
                    words.add(core)
                if entry.endswith("*"):
                    prefixes.append(core)
                if entry.startswith("*"):
                    suffixes.append(core)
            elif core:
                phrases.setdefault(_rarest(entry, core), []).append(re.compile(_phrase(entry, core)))
        self._words = frozenset(words)
        self._prefixes, self._suffixes = tuple(prefixes), tuple(suffixes)
        self._heads = frozenset(prefix[:_STEM] for prefix in prefixes)
        self._tails = frozenset(suffix[-_STEM:] for suffix in suffixes)
        self._symbols = tuple(phrases.pop("", ()))
        self._phrases = phrases

    def first(self, text: str, words: frozenset[str]) -> str | None:
        """The first claim in a folded text, as it stands there, with `words` being `words_of(text)`."""
        hits = self._hit_words(words)
        for key in words & self._phrases.keys():
            hits.update(match.group() for one in self._phrases[key] if (match := one.search(text)) is not None)
        hits.update(match.group() for one in self._symbols if (match := one.search(text)) is not None)
        return min(hits, key=lambda hit: (text.find(hit), hit), default=None)

    def every(self, text: str, words: frozenset[str]) -> list[str]:
        """All claims in a folded text, as they stand there, each once, in the order in which they come."""
        hits = self._hit_words(words)
        for key in words & self._phrases.keys():
            hits.update(match.group() for one in self._phrases[key] for match in one.finditer(text))
        hits.update(match.group() for one in self._symbols for match in one.finditer(text))
        return sorted(hits, key=lambda hit: (text.find(hit), hit))

    def _hit_words(self, words: frozenset[str]) -> set[str]:
        hits = set(words & self._words)
        if self._prefixes or self._suffixes:
            heads, tails = self._heads, self._tails
            near = [word for word in words if word[:_STEM] in heads or word[-_STEM:] in tails]
            hits.update(word for word in near if word.startswith(self._prefixes) or word.endswith(self._suffixes))
        return hits


@lru_cache(maxsize=64)
def lexicon(entries: tuple[str, ...]) -> Lexicon:
    return Lexicon(entries)


def _rarest(entry: str, core: str) -> str:
    """The longest whole word that a text must hold to match; "" where the entry has none."""
    whole = _WORD.findall(core)
    if whole and entry.endswith("*") and core.endswith(whole[-1]):
        whole.pop()
    if whole and entry.startswith("*") and core.startswith(whole[0]):
        whole.pop(0)
    return max(whole, key=len, default="")


def _phrase(entry: str, core: str) -> str:
    body = r"\w+".join(re.escape(part) for part in core.split("*"))
    left = r"\w*" if entry.startswith("*") else r"(?<!\w)" if core[0].isalnum() else ""
    right = r"\w*" if entry.endswith("*") else r"(?!\w)" if core[-1].isalnum() else ""
    return f"{left}{body}{right}"
