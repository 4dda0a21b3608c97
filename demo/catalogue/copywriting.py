"""Product copy and the facts it may be written from, in English and German.

One product in three has thin copy, so that somebody has something to improve; the facts are always there.
"""

from dataclasses import dataclass
from random import Random
from typing import Literal

from demo.catalogue.range import Style

Locale = Literal["en", "de"]
LOCALES: tuple[Locale, ...] = ("en", "de")
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Copy:
    """Descriptions and facts of one product by locale."""

    description: dict[str, str]
    facts: dict[str, dict[str, str | int]]


_MATERIAL: dict[str, tuple[Pair, ...]] = {
    "apparel/jackets": (
        ("recycled polyamide", "recyceltes Polyamid"),
        ("waxed organic cotton", "gewachste Bio-Baumwolle"),
        ("recycled polyester", "recyceltes Polyester"),
    ),
    "apparel/base-layers": (("merino wool", "Merinowolle"), ("merino wool and lyocell", "Merinowolle und Lyocell")),
    "apparel/fleece": (("recycled polyester fleece", "Fleece aus recyceltem Polyester"), ("boiled wool", "Walkwolle")),
    "outdoor-gear/tents": (
        ("ripstop polyester", "Ripstop-Polyester"),
        ("silicone-coated nylon", "silikonisiertes Nylon"),
    ),
    "outdoor-gear/backpacks": (("recycled nylon", "recyceltes Nylon"), ("cotton canvas", "Baumwoll-Canvas")),
    "outdoor-gear/sleeping-bags": (("recycled down", "recycelte Daune"), ("hollow-fibre fill", "Hohlfaserfüllung")),
}
_OPENER: dict[str, tuple[Pair, ...]] = {
    "apparel/jackets": (
        (
            "Cut for long days on the hill and short ones in town.",
            "Geschnitten für lange Tage am Berg und kurze in der Stadt.",
        ),
        ("A jacket for weather that changes its mind.", "Eine Jacke für Wetter, das es sich anders überlegt."),
    ),
    "apparel/base-layers": (
        (
            "Soft next to the skin, and still fresh on the third day.",
            "Weich auf der Haut und auch am dritten Tag noch frisch.",
        ),
        ("The layer everything else is built on.", "Die Schicht, auf der alles andere aufbaut."),
    ),
    "apparel/fleece": (
        ("For the hour when the sun goes behind the ridge.", "Für die Stunde, in der die Sonne hinter den Grat sinkt."),
        ("Warm without weight, around the fire or under a shell.", "Warm ohne Gewicht, am Feuer oder unter der Shell."),
    ),
    "outdoor-gear/tents": (
        (
            "Up in six minutes, and calm when the wind is not.",
            "In sechs Minuten aufgebaut und ruhig, wenn es der Wind nicht ist.",
        ),
        (
            "Room to sit up, and to wait out an afternoon of rain.",
            "Platz zum Sitzen und um einen Regennachmittag abzuwarten.",
        ),
    ),
    "outdoor-gear/backpacks": (
        ("Carries close to the back, with everything in reach.", "Trägt sich dicht am Rücken, alles in Reichweite."),
        ("From the first train to the last hut.", "Vom ersten Zug bis zur letzten Hütte."),
    ),
    "outdoor-gear/sleeping-bags": (
        (
            "A wide foot box and a draught collar, for people who turn over.",
            "Weiter Fußraum und Wärmekragen, für alle, die sich drehen.",
        ),
        ("Packs down to the size of a loaf of bread.", "Klein wie ein Laib Brot im Packsack."),
    ),
}
_THIN: dict[str, Pair] = {
    "apparel/jackets": ("Jacket with hood.", "Jacke mit Kapuze."),
    "apparel/base-layers": ("Base layer.", "Funktionswäsche."),
    "apparel/fleece": ("Fleece.", "Fleece."),
    "outdoor-gear/tents": ("Tent with poles and pegs.", "Zelt mit Gestänge und Heringen."),
    "outdoor-gear/backpacks": ("Backpack.", "Rucksack."),
    "outdoor-gear/sleeping-bags": ("Sleeping bag with stuff sack.", "Schlafsack mit Packsack."),
}
_GRAMS: dict[str, tuple[int, int]] = {
    "apparel/jackets": (320, 980),
    "apparel/base-layers": (120, 290),
    "apparel/fleece": (260, 620),
    "outdoor-gear/tents": (1_400, 6_800),
    "outdoor-gear/backpacks": (480, 2_100),
    "outdoor-gear/sleeping-bags": (560, 1_900),
}
_CARE: tuple[Pair, ...] = (
    ("wash at 30 °C, line dry", "bei 30 °C waschen, an der Luft trocknen"),
    ("wipe clean, air well", "feucht abwischen, gut lüften"),
    ("wash on the wool cycle", "im Wollprogramm waschen"),
)
_SEASON: tuple[Pair, ...] = (
    ("spring to autumn", "Frühjahr bis Herbst"),
    ("all year", "ganzjährig"),
    ("autumn and winter", "Herbst und Winter"),
)


def write(style: Style, *, thin: bool, random: Random) -> Copy:
    """The copy and facts of one product."""
    material, opener = random.choice(_MATERIAL[style.segment]), random.choice(_OPENER[style.segment])
    care = _CARE[0] if style.segment.startswith("apparel") else _CARE[1]
    if "Merino" in style.en or "Wool" in style.en:
        care = _CARE[2]
    season = random.choice(_SEASON)
    grams = random.randrange(*_GRAMS[style.segment], 10)
    facts: dict[str, dict[str, str | int]] = {}
    description: dict[str, str] = {}
    for index, locale in enumerate(LOCALES):
        facts[locale] = {
            "material": material[index],
            "weight_g": grams,
            "care": care[index],
            "season": season[index],
        }
        description[locale] = _THIN[style.segment][index] if thin else _full(locale, opener[index], facts[locale])
    return Copy(description, facts)


def _full(locale: Locale, opener: str, facts: dict[str, str | int]) -> str:
    if locale == "de":
        return f"{opener} Material: {facts['material']}, Gewicht {facts['weight_g']} g. Saison: {facts['season']}. Pflege: {facts['care']}."
    return f"{opener} Made of {facts['material']}, {facts['weight_g']} g. Season: {facts['season']}. Care: {facts['care']}."
