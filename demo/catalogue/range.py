"""The range: fifty products, each in three options, named in English and German.

A row is code, English name, German name, picture kind, price in whole euros of its first option, options.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Option:
    """What tells the variants of a product apart; `price_bp` is the price against the first option."""

    code: str
    en: str
    de: str
    colour: str
    price_bp: int = 10_000


@dataclass(frozen=True, slots=True)
class Style:
    """One product before it has numbers."""

    segment: str
    code: str
    en: str
    de: str
    picture: str
    euros: int
    options: tuple[Option, ...]


COLOURS: dict[str, tuple[str, str, str]] = {
    "MOS": ("Moss", "Moos", "#6b7a4a"),
    "RST": ("Rust", "Rost", "#b4583a"),
    "INK": ("Ink", "Tinte", "#2f3e55"),
    "SND": ("Sand", "Sand", "#c9ad83"),
    "FJD": ("Fjord", "Fjord", "#3f7d8c"),
    "BRY": ("Berry", "Beere", "#8c3b5a"),
    "SLT": ("Slate", "Schiefer", "#68727c"),
    "SUN": ("Sun", "Sonne", "#d9a23b"),
}

_JACKETS = """
FJELL|Fjell Shell Jacket|Fjell Shelljacke|jacket|249|MOS RST INK
BRISE|Brise Windbreaker|Brise Windjacke|jacket|119|FJD SUN SLT
NORDLYS|Nordlys Down Jacket|Nordlys Daunenjacke|puffer|279|INK BRY MOS
SKOG|Skog Parka|Skog Parka|parka|299|MOS SND INK
REGN|Regn Rain Jacket|Regn Regenjacke|jacket|149|SUN FJD INK
TOPP|Topp Softshell Jacket|Topp Softshelljacke|jacket|159|SLT RST MOS
VIDDE|Vidde Insulated Jacket|Vidde Isolationsjacke|puffer|199|SND FJD BRY
HAVN|Havn Anorak|Havn Anorak|parka|139|FJD SND RST
ISBRE|Isbre Expedition Jacket|Isbre Expeditionsjacke|puffer|449|RST INK SLT
"""
_BASE_LAYERS = """
M150|Merino 150 Crew|Merino 150 Rundhalsshirt|top|69|INK MOS BRY
M200|Merino 200 Half-Zip|Merino 200 Halfzip|top|89|SLT RST FJD
L150|Merino 150 Leggings|Merino 150 Leggings|leggings|65|INK SLT BRY
L200|Merino 200 Leggings|Merino 200 Leggings|leggings|79|INK MOS SLT
LETT|Lett T-Shirt|Lett T-Shirt|top|39|SND FJD RST
KJERNE|Kjerne Long Sleeve|Kjerne Langarmshirt|top|49|INK SLT MOS
VARME|Varme Turtleneck|Varme Rollkragenshirt|top|75|BRY INK SND
SILKE|Silke Tank Top|Silke Tanktop|top|35|SND FJD BRY
"""
_FLEECE = """
LUN|Lun Fleece Jacket|Lun Fleecejacke|fleece|99|MOS SND INK
KOIE|Koie Pullover|Koie Pullover|fleece|89|RST SLT FJD
RUTE|Rute Grid Hoodie|Rute Grid-Hoodie|hoodie|109|INK FJD BRY
TINDE|Tinde Zip Fleece|Tinde Zip-Fleece|fleece|119|SLT RST MOS
ULL|Ull Wool Cardigan|Ull Wollcardigan|fleece|139|SND INK BRY
MYK|Myk Fleece Vest|Myk Fleeceweste|vest|79|FJD MOS SLT
PEIS|Peis Lodge Fleece|Peis Hüttenfleece|fleece|95|RST SND INK
ALM|Alm Hoodie|Alm Hoodie|hoodie|85|MOS SLT SUN
"""
_TENTS = """
DOME|Fjord Dome Tent|Fjord Kuppelzelt|dome|289|MOS
TUNNEL|Lang Tunnel Tent|Lang Tunnelzelt|tunnel|429|FJD
SKAR|Skar Light Tent|Skar Leichtzelt|dome|379|SUN
LEIR|Leir Camp Tent|Leir Campingzelt|tunnel|349|SND
GAPA|Gapa Trail Tent|Gapa Trekkingzelt|ridge|259|RST
STORM|Storm Ridge Tent|Storm Firstzelt|ridge|519|INK
HYTTE|Hytte Family Tent|Hytte Familienzelt|tunnel|489|FJD
LAVVO|Lavvo Pyramid Tent|Lavvo Pyramidenzelt|ridge|399|SND
"""
_BACKPACKS = """
STI|Sti Day Pack|Sti Tagesrucksack|pack|79|FJD
TUR|Tur Trekking Pack|Tur Trekkingrucksack|pack|169|MOS
TOPPTUR|Topptur Ski Pack|Topptur Skirucksack|pack|149|RST
BYEN|Byen City Pack|Byen Stadtrucksack|pack|89|SLT
RULL|Rull Roll-Top Pack|Rull Rolltop-Rucksack|rolltop|99|SUN
ELV|Elv Dry Pack|Elv Trockenrucksack|rolltop|119|FJD
KLATRE|Klatre Climbing Pack|Klatre Kletterrucksack|pack|129|BRY
LANG|Langtur Expedition Pack|Langtur Expeditionsrucksack|pack|239|INK
LITEN|Liten Trail Pack|Liten Trailrucksack|pack|69|MOS
"""
_SLEEPING_BAGS = """
NATT|Natt Down Bag|Natt Daunenschlafsack|mummy|279|INK
SOMMER|Sommer Light Bag|Sommer Leichtschlafsack|blanket|99|SUN
HAUST|Haust Trail Bag|Haust Trekkingschlafsack|mummy|149|RST
FROST|Frost Winter Bag|Frost Winterschlafsack|mummy|349|FJD
KOSELIG|Koselig Camp Bag|Koselig Campingschlafsack|blanket|89|MOS
FJAER|Fjær Feather Bag|Fjær Federschlafsack|mummy|319|SLT
VEGG|Vegg Cabin Bag|Vegg Hüttenschlafsack|blanket|59|SND
BREI|Brei Wide Bag|Brei Komfortschlafsack|mummy|169|BRY
"""
_TENT_SIZES = (("2P", "2 person", "2 Personen", 10_000), ("3P", "3 person", "3 Personen", 11_900))
_SIZES: dict[str, tuple[tuple[str, str, str, int], ...]] = {
    "outdoor-gear/tents": (*_TENT_SIZES, ("4P", "4 person", "4 Personen", 13_900)),
    "outdoor-gear/backpacks": (
        ("22L", "22 l", "22 l", 10_000),
        ("34L", "34 l", "34 l", 11_500),
        ("48L", "48 l", "48 l", 13_200),
    ),
    "outdoor-gear/sleeping-bags": (
        ("SML", "to 165 cm", "bis 165 cm", 10_000),
        ("REG", "to 185 cm", "bis 185 cm", 10_600),
        ("LNG", "to 200 cm", "bis 200 cm", 11_300),
    ),
}
_ROWS: dict[str, str] = {
    "apparel/jackets": _JACKETS,
    "apparel/base-layers": _BASE_LAYERS,
    "apparel/fleece": _FLEECE,
    "outdoor-gear/tents": _TENTS,
    "outdoor-gear/backpacks": _BACKPACKS,
    "outdoor-gear/sleeping-bags": _SLEEPING_BAGS,
}


def _options(segment: str, colours: str) -> tuple[Option, ...]:
    if sizes := _SIZES.get(segment):
        return tuple(Option(code, en, de, colours, price_bp) for code, en, de, price_bp in sizes)
    return tuple(Option(code, COLOURS[code][0], COLOURS[code][1], code) for code in colours.split())


def _style(segment: str, row: str) -> Style:
    code, en, de, picture, euros, colours = row.split("|")
    return Style(segment, code, en, de, picture, int(euros), _options(segment, colours))


STYLES: tuple[Style, ...] = tuple(
    _style(segment, row) for segment, rows in _ROWS.items() for row in rows.strip().splitlines()
)
