"""Claims in copy: words that need proof or a lawyer's eye, in English and German, by kind of claim.

An entry is matched in folded text at word borders; `*` at an end stands for the rest of a word, so that
German compounds are met. Specific materials ("recycled polyester") are facts of the product and not here;
general environmental praise is (Directive (EU) 2024/825 bans it unproved).
"""

import html
import re
import unicodedata
from functools import lru_cache

HEALTH = (
    "cure",
    "cures",
    "heal",
    "heals",
    "healing",
    "therapeutic",
    "medical",
    "medically",
    "clinically",
    "antibacterial",
    "hypoallergenic",
    "relieves",
    "pain",
    "prevents",
    "disease",
    "healthy",
    "heilt",
    "heilend*",
    "heilung",
    "lindert",
    "medizinisch*",
    "klinisch*",
    "antibakteriell*",
    "hypoallergen*",
    "schmerz*",
    "gesund",
    "gesundheits*",
    "krankheit*",
)
LEGAL = (
    "warranty",
    "certified",
    "certificate",
    "patented",
    "approved by",
    "compliant",
    "complies with",
    "officially",
    "by law",
    "tested by",
    "zertifiziert*",
    "zertifikat*",
    "patentiert*",
    "zugelassen*",
    "geprüft*",
    "gesetzlich*",
    "gewährleistung*",
    "konform*",
)
GUARANTEE = (
    "guarantee*",
    "money back",
    "money-back",
    "risk-free",
    "risk free",
    "100 %",
    "100%",
    "never fails",
    "lifetime",
    "garantie*",
    "*garantie",
    "garantiert*",
    "geld zurück",
    "geld-zurück*",
    "risikofrei*",
    "lebenslang*",
    "unzerstörbar*",
)
ENVIRONMENT = (
    "eco",
    "eco-friendly",
    "ecological*",
    "environmentally",
    "sustainable",
    "sustainably",
    "sustainability",
    "climate neutral",
    "climate-neutral",
    "carbon neutral",
    "carbon-neutral",
    "biodegradable",
    "compostable",
    "planet-friendly",
    "umweltfreundlich*",
    "umweltschonend*",
    "nachhaltig*",
    "klimaneutral*",
    "co2-neutral*",
    "klimafreundlich*",
    "ökologisch*",
    "biologisch abbaubar*",
    "kompostierbar*",
)
AVAILABILITY = (
    "in stock",
    "available now",
    "ships today",
    "same-day",
    "next-day",
    "delivered by",
    "while stocks last",
    "limited edition",
    "last chance",
    "only * left",
    "selling fast",
    "auf lager",
    "sofort lieferbar",
    "sofort verfügbar",
    "solange der vorrat reicht",
    "nur noch",
    "letzte chance",
    "lieferung bis",
    "lieferung in",
)
PRICE = (
    "€",
    "£",
    "$",
    "eur",
    "gbp",
    "usd",
    "euro",
    "% off",
    "discount*",
    "cheapest",
    "lowest price",
    "best price",
    "half price",
    "free shipping",
    "for free",
    "save up to",
    "rabatt*",
    "reduziert*",
    "bestpreis*",
    "tiefpreis*",
    "günstigste*",
    "halber preis",
    "kostenlos*",
    "gratis",
    "versandkostenfrei*",
)

_TAG = re.compile(r"<[^>]*>")
_SPACE = re.compile(r"\s+")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)


def folded(text: str) -> str:
    """Text as a reader's eye takes it: entities and tags resolved, compatibility forms, case and spacing gone."""
    seen = unicodedata.normalize("NFKC", _TAG.sub("", html.unescape(text)))
    return _SPACE.sub(" ", _INVISIBLE.sub("", seen).casefold())


@lru_cache(maxsize=64)
def matcher(entries: tuple[str, ...]) -> re.Pattern[str]:
    """One pattern for a list of entries. No entries match nothing."""
    return re.compile("|".join(_pattern(entry) for entry in entries) or r"(?!)")


def _pattern(entry: str) -> str:
    core = r"\w+".join(re.escape(part) for part in folded(entry.strip("*")).split("*"))
    left = r"\w*" if entry.startswith("*") else r"(?<!\w)" if core[0].isalnum() else ""
    right = r"\w*" if entry.endswith("*") else r"(?!\w)" if core[-1].isalnum() else ""
    return f"{left}{core}{right}"
