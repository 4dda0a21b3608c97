"""A row of the catalogue's list, written in one go: drawn by a template, fifty of them cost more than finding them."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import ngettext

from orchestr.policy.values import Json
from reviews.templatetags.show import NONE, address_words, money, told_from, wire_value

LONGEST = 48
_ROW = """<tr data-resource="{}:{}">
    <th scope="row">{}<a href="{}">{}</a><span class="sub">{}</span></th>
    <td>{}</td>
    <td>{}{}</td>
    <td class="num">{}</td>
    <td class="num">{}</td>
    <td>{}{}</td>
    <td class="num">{}</td>
  </tr>"""
_PICTURE = '<img class="thumb" src="{}" alt="" width="40" height="40" loading="lazy">'
_VALUE = '<span class="sub"><span class="value">{}</span> {}{}</span>'
_NOTHING = SafeString('<span class="muted">–</span>')


@dataclass(frozen=True, kw_only=True)
class Row:
    """One resource. `values` are what the sources of truth say (label, address, words), `stale` how many are past their age."""

    now: datetime
    type: str
    key: str
    sku: str
    title: str
    url: str
    picture: str
    segments: list[str]
    values: list[tuple[str, Json, str]]
    more: int
    stale: int
    read_at: datetime | None
    sales: Json
    open_work: int

    @cached_property
    def drawn(self) -> SafeString:
        """Its row of the table; whatever the catalogue says is escaped."""
        sold = self.sales or {}
        return format_html(
            _ROW,
            self.type,
            self.key,
            format_html(_PICTURE, self.picture) if self.picture else "",
            self.url,
            self.title or self.key,
            self.sku or self.key,
            ", ".join(self.segments),
            format_html_join("", _VALUE, (_value(*each) for each in self.values)) or _NOTHING,
            _more(self.more),
            wire_value(sold["units_7d"]) if sold else NONE,
            money(sold["net_revenue_7d"]) if sold else NONE,
            told_from(self.now, self.read_at),
            _stale(self.stale),
            self.open_work or NONE,
        )


def _value(label: str, address: Json, words: str) -> tuple[str, str, str]:
    shown = words if len(words) <= LONGEST else Truncator(words).chars(LONGEST)
    where = address_words(address)
    return shown, label, f" · {where}" if where else ""


def _more(count: int) -> str | SafeString:
    if not count:
        return ""
    return format_html(
        '<span class="sub">{}</span>', ngettext("and %(n)s more", "and %(n)s more", count) % {"n": count}
    )


def _stale(count: int) -> str | SafeString:
    if not count:
        return ""
    words = ngettext("%(n)s past its age", "%(n)s past their age", count) % {"n": count}
    return format_html('<span class="sub warn-text">{}</span>', words)
