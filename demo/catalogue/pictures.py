"""Pictures of the goods, drawn: one shape per kind, three tones of the colour, a quiet backdrop."""

from collections.abc import Callable
from html import escape


def tone(colour: str, share: float) -> str:
    """The colour mixed with white (share above 0) or with a deep blue-grey (below 0)."""
    other = (255, 255, 255) if share >= 0 else (24, 30, 40)
    parts = [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
    mixed = [round(part + (goal - part) * abs(share)) for part, goal in zip(parts, other, strict=True)]
    return "#" + "".join(f"{part:02x}" for part in mixed)


def draw(*, picture: str, colour: str, title: str) -> str:
    """An SVG document of 400 × 400 units, with its title for screen readers and nothing to run."""
    ground = tone(colour, 0.86)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" role="img">'
        f"<title>{escape(title)}</title>"
        f'<rect width="400" height="400" fill="{ground}"/>'
        f'<path d="M0 292 78 214l46 40 74-92 88 104 44-34 70 62v106H0z" fill="{tone(colour, 0.74)}" opacity=".55"/>'
        f'<ellipse cx="200" cy="352" rx="118" ry="12" fill="{tone(colour, -0.35)}" opacity=".16"/>'
        f"{_SHAPES[picture](colour)}</svg>"
    )


def _path(d: str, fill: str, extra: str = "") -> str:
    return f'<path d="{d}" fill="{fill}"{extra}/>'


def _line(d: str, stroke: str, width: float = 3) -> str:
    return f'<path d="{d}" fill="none" stroke="{stroke}" stroke-width="{width}" stroke-linecap="round"/>'


_SLEEVES = "M140 92 84 140 62 272q18 14 38 8l34-96zM260 92l56 48 22 132q-18 14-38 8l-34-96z"
_TORSO = "M140 92q26-14 60-14t60 14l12 60-4 178q-68 16-136 0l-4-178z"


def _body(colour: str, *, sleeves: bool = True) -> str:
    return (_path(_SLEEVES, tone(colour, -0.14)) if sleeves else "") + _path(_TORSO, colour)


def _zip(colour: str, start: int = 84, end: int = 336) -> str:
    return _line(f"M200 {start}V{end}", tone(colour, -0.45)) + _line(f"M200 {start + 22}v10", tone(colour, 0.7), 5)


def _pockets(colour: str) -> str:
    return _line("M150 262l14 34M250 262l-14 34", tone(colour, -0.4))


def _hood(colour: str) -> str:
    return _path("M150 92q0-48 50-48t50 48q-50 26-100 0z", tone(colour, -0.22)) + _path(
        "M166 92q2-32 34-32t34 32q-34 16-68 0z", tone(colour, -0.55)
    )


def _collar(colour: str) -> str:
    return _path("M164 84q36-22 72 0l-8 20q-28 12-56 0z", tone(colour, -0.32))


def _jacket(colour: str) -> str:
    yoke = _path("M140 92q26-14 60-14t60 14l8 40q-68 22-136 0z", tone(colour, 0.16))
    return _hood(colour) + _body(colour) + yoke + _zip(colour) + _pockets(colour)


def _puffer(colour: str) -> str:
    seams = "".join(_line(f"M132 {y}q68 18 136 0", tone(colour, -0.28), 2.5) for y in range(128, 320, 34))
    arms = _line(
        "M78 176q24 12 52 6M70 222q24 12 50 6M322 176q-24 12-52 6M330 222q-24 12-50 6", tone(colour, -0.34), 2.5
    )
    return _hood(colour) + _body(colour) + seams + arms + _zip(colour)


def _parka(colour: str) -> str:
    skirt = _path("M132 318q68 16 136 0l6 32q-74 16-148 0z", tone(colour, -0.08))
    flaps = _path("M144 238h40v10q-20 10-40 0zM216 238h40v10q-20 10-40 0z", tone(colour, -0.26))
    return _hood(colour) + _body(colour) + skirt + _zip(colour, 84, 348) + flaps


def _top(colour: str) -> str:
    neck = _path("M168 82q32 30 64 0l-6-4q-26-6-52 0z", tone(colour, -0.4))
    hems = _line("M132 318q68 16 136 0M66 258l34 10M334 258l-34 10", tone(colour, -0.24))
    return _body(colour) + neck + hems


def _leggings(colour: str) -> str:
    legs = _path("M142 72h116l10 90-22 184h-36l-10-142-10 142h-36L132 162z", colour)
    band = _path("M142 72h116l2 24H140z", tone(colour, -0.25))
    return legs + band + _line("M200 100v96M150 330h34M216 330h34", tone(colour, -0.3))


def _fleece(colour: str) -> str:
    panel = _path("M222 118h36v44h-36z", tone(colour, -0.22))
    return _body(colour) + _collar(colour) + _zip(colour) + panel + _pockets(colour)


def _hoodie(colour: str) -> str:
    pouch = _path("M156 246h88l18 56q-62 14-124 0z", tone(colour, -0.16))
    return _hood(colour) + _body(colour) + pouch + _line("M186 106v42M214 106v42", tone(colour, 0.6), 3)


def _vest(colour: str) -> str:
    edge = _line("M140 94q-12 34-10 62M260 94q12 34 10 62", tone(colour, -0.35), 6)
    return _body(colour, sleeves=False) + edge + _collar(colour) + _zip(colour) + _pockets(colour)


def _dome(colour: str) -> str:
    shell = _path("M48 344Q84 150 200 132q116 18 152 212z", colour)
    side = _path("M200 132q116 18 152 212H246Q244 210 200 132z", tone(colour, -0.2))
    door = _path("M148 344q6-116 52-150 26 44 30 150z", tone(colour, -0.5))
    return shell + side + door + _line("M200 132q-8 90-52 212M28 348l24-30M372 348l-24-30", tone(colour, 0.55), 2.5)


def _tunnel(colour: str) -> str:
    shell = _path("M40 344q0-146 84-150h160q76 12 76 150z", colour)
    front = _path("M40 344q0-146 84-150 70 18 72 150z", tone(colour, -0.18))
    door = _path("M76 344q4-92 46-100 34 14 38 100z", tone(colour, -0.5))
    hoops = _line("M204 194q60 22 62 150M284 194q44 30 46 150", tone(colour, 0.5), 2.5)
    return shell + front + door + hoops


def _ridge(colour: str) -> str:
    left, right = _path("M200 122 44 344h156z", colour), _path("M200 122l156 222H200z", tone(colour, -0.2))
    flap = _path("M200 122l-44 222h88z", tone(colour, -0.52)) + _path("M200 122l-44 222-26 0z", tone(colour, 0.22))
    return left + right + flap + _line("M200 122v-16M24 350l36-26M376 350l-36-26", tone(colour, -0.5), 3)


def _pack(colour: str) -> str:
    straps = _line("M150 130q-34 90-14 184M250 130q34 90 14 184", tone(colour, -0.45), 12)
    body = _path("M142 118q58-34 116 0l14 196q-72 34-144 0z", colour)
    lid = _path("M136 122q64-56 128 0l4 38q-68 22-136 0z", tone(colour, 0.14))
    pocket = _path("M150 230h100l6 70q-56 20-112 0z", tone(colour, -0.18))
    loop = _line("M186 84q14-18 28 0", tone(colour, -0.45), 6)
    return straps + loop + body + lid + pocket + _line("M170 160v34M230 160v34M152 250h96", tone(colour, -0.4), 4)


def _rolltop(colour: str) -> str:
    body = _path("M140 136h120l12 180q-72 32-144 0z", colour)
    roll = _path("M132 100q68-16 136 0v38q-68 14-136 0z", tone(colour, -0.22))
    return body + roll + _line("M140 118h120M200 138v84M164 236h72", tone(colour, 0.45), 4) + _pocket_band(colour)


def _pocket_band(colour: str) -> str:
    return _path("M132 262q68 18 136 0l4 54q-72 32-144 0z", tone(colour, -0.16))


def _mummy(colour: str) -> str:
    bag = _path("M200 46q62 0 70 78l-14 178q-6 44-56 46-50-2-56-46l-14-178q8-78 70-78z", colour)
    opening = _path("M200 62q40 0 44 52-16 32-44 32t-44-32q4-52 44-52z", tone(colour, -0.52))
    seams = "".join(_line(f"M142 {y}q58 18 116 0", tone(colour, -0.24), 2.5) for y in range(170, 300, 36))
    return bag + opening + seams + _line("M240 140v150", tone(colour, 0.5), 3)


def _blanket(colour: str) -> str:
    bag = _path("M120 70h160q10 0 10 10v258q0 10-10 10H120q-10 0-10-10V80q0-10 10-10z", colour)
    fold = _path("M110 130V80q0-10 10-10h160q10 0 10 10v20q-60 54-180 30z", tone(colour, 0.4))
    seams = "".join(_line(f"M114 {y}h172", tone(colour, -0.2), 2.5) for y in range(176, 340, 40))
    return bag + fold + seams + _line("M290 100v236", tone(colour, -0.4), 4)


_SHAPES: dict[str, Callable[[str], str]] = {
    "jacket": _jacket,
    "puffer": _puffer,
    "parka": _parka,
    "top": _top,
    "leggings": _leggings,
    "fleece": _fleece,
    "hoodie": _hoodie,
    "vest": _vest,
    "dome": _dome,
    "tunnel": _tunnel,
    "ridge": _ridge,
    "pack": _pack,
    "rolltop": _rolltop,
    "mummy": _mummy,
    "blanket": _blanket,
}
