"""How values look: money, shares, times, ids. Wire values in, words and marked-up text out.

Money is the wire shape (`{"amount", "currency", "exponent", "tax"}`) or None; shares are basis
points; times are aware datetimes, shown in the active zone.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import template
from django.template import Context
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext, npgettext, pgettext

from reviews.words.shapes import shape

register = template.Library()

NONE = "–"
SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$"}


def _digits(value: Decimal, places: int) -> str:
    return str(formats.number_format(value, decimal_pos=places, use_l10n=True, force_grouping=True))


def _sign(value: int, *, plus: bool) -> str:
    if value < 0:
        return "−"
    return "+" if plus and value > 0 else ""


def _money(value: Any, *, plus: bool) -> str:
    if not isinstance(value, Mapping) or not isinstance(value.get("amount"), int):
        return NONE
    amount, exponent = value["amount"], int(value.get("exponent", 2))
    number = _digits(Decimal(abs(amount)).scaleb(-exponent), exponent)
    symbol = SYMBOLS.get(value.get("currency", ""))
    if symbol is None:
        return f"{_sign(amount, plus=plus)}{number} {value.get('currency', '')}".rstrip()
    return _sign(amount, plus=plus) + pgettext("money", "%(symbol)s%(number)s") % {"symbol": symbol, "number": number}


@register.filter
def money(value: Any) -> str:
    """€19.90; a dash for nothing."""
    return _money(value, plus=False)


@register.filter
def signed_money(value: Any) -> str:
    """+€2.00 or −€2.00."""
    return _money(value, plus=True)


@register.filter
def tax_basis(value: Any) -> str:
    """Whether tax is in the amount, as words."""
    if not isinstance(value, Mapping):
        return ""
    return gettext("tax excluded") if value.get("tax") == "excluded" else gettext("tax included")


@register.filter
def percent_bp(value: int | None, places: int = 1) -> str:
    """Basis points as a share: 1250 is 12.5%."""
    if value is None:
        return NONE
    number = _digits(Decimal(abs(value)) / 100, places)
    return _sign(value, plus=False) + pgettext("share", "%(number)s%%") % {"number": number}


def _delta(direction: int, text: str) -> SafeString:
    name, word = {1: ("up", gettext("up")), -1: ("down", gettext("down")), 0: ("level", gettext("no change"))}[
        direction
    ]
    return format_html(
        '<span class="delta" data-way="{}">{}<span class="vh">{} </span>{}</span>', name, shape(name), word, text
    )


@register.filter
def delta(value: int | None) -> str | SafeString:
    """A change in basis points: arrow, hidden word, sign."""
    if value is None:
        return NONE
    return _delta((value > 0) - (value < 0), ("+" if value > 0 else "") + percent_bp(value))


@register.filter
def delta_money(value: Any) -> str | SafeString:
    """A change in money: arrow, hidden word, sign."""
    if not isinstance(value, Mapping):
        return NONE
    amount = value["amount"]
    return _delta((amount > 0) - (amount < 0), signed_money(value))


@register.filter
def wire_value(value: Any) -> str:
    """Any value of a field address as text: money, a number, words; an object as its parts."""
    if value is None or value == "":
        return NONE
    if isinstance(value, Mapping):
        if "amount" in value and "currency" in value:
            return money(value)
        return " · ".join(f"{name} {wire_value(part)}" for name, part in value.items())
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, int):
        return _digits(Decimal(value), 0)
    if isinstance(value, list | tuple):
        return ", ".join(wire_value(part) for part in value)
    return str(value)


@register.filter
def address_words(value: Mapping[str, Any] | None) -> str:
    """Where a value holds: only the parts of the field address that apply."""
    return " · ".join(str(part) for part in (value or {}).values() if part is not None)


def span(seconds: int) -> str:
    """A length of time in its one or two largest units."""
    if seconds < 60:
        return gettext("%(n)d s") % {"n": seconds}
    if seconds < 3600:
        return gettext("%(n)d min") % {"n": seconds // 60}
    if seconds < 86_400:
        hours, minutes = seconds // 3600, seconds % 3600 // 60
        return (
            gettext("%(h)d h %(m)d min") % {"h": hours, "m": minutes} if minutes else gettext("%(h)d h") % {"h": hours}
        )
    days = seconds // 86_400
    return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}


@register.filter
def seconds(value: int | None) -> str:
    """A number of whole seconds as a length of time; what took less than one is said to."""
    if value is None:
        return NONE
    return span(value) if value else gettext("under 1 s")


def exact(value: datetime) -> str:
    """The moment to the second in the active zone, with the zone's name."""
    local = timezone.localtime(value)
    return f"{local:%Y-%m-%d %H:%M:%S} {local:%Z}"


def _now(context: Context) -> datetime:
    now = context.get("now")
    return now if isinstance(now, datetime) else timezone.now()


@register.simple_tag(takes_context=True)
def ago(context: Context, value: datetime | None) -> str | SafeString:
    """A moment told from now, the exact one on hover; `now` of the context is the clock if it is there."""
    return told_from(_now(context), value)


def told_from(now: datetime, value: datetime | None) -> str | SafeString:
    """The same for whoever knows what time it is."""
    if value is None:
        return NONE
    away = int((value - now).total_seconds())
    if abs(away) < 10:
        words = gettext("just now")
    elif away < 0:
        words = gettext("%(span)s ago") % {"span": _coarse(-away)}
    else:
        words = gettext("in %(span)s") % {"span": _coarse(away)}
    return format_html(
        '<time datetime="{}" title="{}" data-ago>{}</time>', value.isoformat(timespec="seconds"), exact(value), words
    )


def _coarse(away: int) -> str:
    if away >= 86_400:
        days = away // 86_400
        return npgettext("ago or in", "%(n)d day", "%(n)d days", days) % {"n": days}
    return span(away - away % 3600) if 3600 <= away < 86_400 else span(away)


@register.simple_tag(takes_context=True)
def countdown(context: Context, value: datetime | None, kind: str = "due") -> str | SafeString:
    """Time left until a deadline; the page counts on. `kind` is `due` or, to the second, `window`."""
    if value is None:
        return NONE
    left = int((value - _now(context)).total_seconds())
    words = span(left) if left >= 0 else gettext("overdue %(span)s") % {"span": span(-left)}
    tone = "late" if left < 0 else "soon" if left < 1800 else "calm"
    return format_html(
        '<time class="due" datetime="{0}" data-deadline="{0}" data-countdown="{1}" data-tone="{2}" title="{3}">{4}</time>',
        value.isoformat(timespec="seconds"),
        kind,
        tone,
        exact(value),
        words,
    )


@register.simple_tag
def moment(value: datetime | None) -> str | SafeString:
    """The exact moment itself, for tables that must be read as a record."""
    if value is None:
        return NONE
    return format_html('<time datetime="{}">{}</time>', value.isoformat(timespec="seconds"), exact(value))


@register.simple_tag
def id_chip(value: object) -> SafeString:
    """An id, short to see and whole to copy."""
    whole = str(value)
    return format_html(
        '<button type="button" class="id" data-copy="{0}" title="{0}"><code>{1}</code>{2}<span class="vh">{3}</span></button>',
        whole,
        whole[-6:],
        shape("copy"),
        gettext("copy the whole id"),
    )


def hundredths(value: int) -> str:
    """A signed number of hundredths: 150 is +1.50."""
    return _sign(value, plus=True) + _digits(Decimal(abs(value)) / 100, 2)


@register.filter
def with_id(prefix: str, value: object) -> str:
    """An element id or selector made of a prefix and the id of a row."""
    return f"{prefix}{value}"
