"""Small drawn marks: state and outcome chips, tier badges, age meters, sparklines, word diffs."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django import template
from django.template import Context
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from reviews.diff.words import pieces
from reviews.templatetags.show import _now, span
from reviews.words.shapes import shape

register = template.Library()


@register.simple_tag
def options(choices: Iterable[Any]) -> SafeString:
    """The choices of a list (value, label, selected), written in one go: there may be a thousand of them."""
    rows = ((each.value, " selected" if each.selected else "", each.label) for each in choices)
    return format_html_join("", '<option value="{}"{}>{}</option>', rows)


type Look = tuple[str | Promise, str, str]  # word, shape, tone

STATES: dict[str, Look] = {
    "draft": (_("waiting"), "waiting", "waiting"),
    "approved": (_("approved"), "approved", "approved"),
    "published": (_("published"), "published", "published"),
    "reverted": (_("reverted"), "reverted", "reverted"),
    "blocked": (_("blocked"), "blocked", "blocked"),
    # execution
    "queued": (_("queued"), "pending", "neutral"),
    "running": (_("running"), "running", "approved"),
    "held": (_("held by a freeze"), "hold", "waiting"),
    "needs_person": (_("needs a person"), "person", "blocked"),
    "done": (_("done"), "done", "published"),
    "stopped": (_("stopped"), "dash", "neutral"),
    # run
    "leased": (_("leased"), "pending", "neutral"),
    "finished": (_("finished"), "done", "published"),
    "failed": (_("failed"), "triangle", "blocked"),
    # control change
    "requested": (_("waits for a second person"), "waiting", "waiting"),
    "confirmed": (_("in force"), "published", "published"),
    "rejected": (_("rejected"), "blocked", "blocked"),
}

OUTCOMES: dict[str, Look] = {
    "pending": (_("not started"), "pending", "neutral"),
    "intended": (_("being written"), "running", "approved"),
    "applied": (_("applied"), "done", "published"),
    "not_applied": (_("not applied"), "dash", "neutral"),
    "conflict": (_("conflict"), "triangle", "blocked"),
    "unknown": (_("unknown"), "question", "waiting"),
    "applied_not_effective": (_("written, not seen yet"), "half", "waiting"),
    "restored": (_("restored"), "reverted", "reverted"),
    "compensated": (_("compensated"), "swap", "reverted"),
    "kept": (_("kept"), "square", "neutral"),
    "irreversible": (_("cannot be undone"), "lock", "blocked"),
}

TIERS: dict[str, Look] = {
    "none": (_("no approval"), "auto", "neutral"),
    "single": (_("one approval"), "person", "neutral"),
    "dual": (_("two approvals"), "people", "strong"),
}

EFFECTS: dict[str, Look] = {
    "allow": (_("within limits"), "done", "published"),
    "note": (_("noted"), "dash", "neutral"),
    "single": (_("asks one approval"), "person", "waiting"),
    "dual": (_("asks two approvals"), "people", "waiting"),
    "refuse": (_("refused"), "blocked", "blocked"),
}


def _chip(look: Look, *, extra: str = "") -> SafeString:
    word, drawn, tone = look
    return format_html('<span class="chip{}" data-tone="{}">{}{}</span>', extra, tone, shape(drawn), word)


def _unknown(value: str) -> Look:
    return (value.replace("_", " "), "dash", "neutral")


@register.simple_tag
def state_chip(state: str) -> SafeString:
    """The state of a proposal, execution, run or control change: word, shape, colour."""
    return _chip(STATES.get(state) or _unknown(state))


@register.simple_tag
def outcome_chip(outcome: str) -> SafeString:
    """The state or outcome of one item of an execution."""
    return _chip(OUTCOMES.get(outcome) or _unknown(outcome))


def outcome_words(outcome: str) -> str:
    """The same as a word."""
    return str((OUTCOMES.get(outcome) or _unknown(outcome))[0])


@register.simple_tag
def effect_chip(effect: str) -> SafeString:
    """What a finding did to the verdict."""
    return _chip(EFFECTS.get(effect) or _unknown(effect))


@register.simple_tag
def tone_chip(word: str, tone: str = "neutral", drawn: str = "dash") -> SafeString:
    """Any other word with a shape and a tone."""
    return _chip((word, drawn, tone))


@register.simple_tag
def tier_badge(tier: str, functions: Iterable[str] = ()) -> SafeString:
    """How many distinct persons, and of which functions (one from each)."""
    named = " + ".join(str(function) for function in functions)
    chip = _chip(TIERS.get(tier) or _unknown(tier), extra=" tier")
    return chip if not named else format_html('{} <span class="functions">{}</span>', chip, named)


@register.simple_tag
def shape_mark(name: str) -> SafeString:
    """A bare shape beside a word of the page."""
    return shape(name)


@register.simple_tag(takes_context=True)
def age_meter(context: Context, observed_at: datetime, expires_at: datetime) -> SafeString:
    """How old evidence is against its limit; the bar is a picture of the words."""
    now = _now(context)
    age, limit = int((now - observed_at).total_seconds()), int((expires_at - observed_at).total_seconds())
    share = 100 if limit <= 0 else max(0, min(100, age * 100 // limit))
    tone = "bad" if age >= limit else "warn" if share >= 75 else "ok"
    words = gettext("%(age)s of %(limit)s") if age < limit else gettext("%(age)s old, limit %(limit)s: expired")
    return format_html(
        '<span class="age" data-tone="{}"><svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" '
        'aria-hidden="true" focusable="false"><rect class="bar-all" width="100" height="6" rx="3"/>'
        '<rect class="bar-part" width="{}" height="6" rx="3"/></svg><span>{}</span></span>',
        tone,
        share,
        words % {"age": span(max(0, age)), "limit": span(max(0, limit))},
    )


@register.simple_tag
def sparkline(values: Sequence[int | float], label: str) -> SafeString:
    """A line of values, oldest first. Its numbers belong in a table beside it (`components/series.html`)."""
    if len(values) < 2:
        return format_html('<span class="muted">{}</span>', gettext("not enough points yet"))
    low, high = min(values), max(values)
    reach = (high - low) or 1
    points = [(index * 100 / (len(values) - 1), 22 - (value - low) * 20 / reach) for index, value in enumerate(values)]
    return format_html(
        '<svg class="spark" viewBox="0 0 100 24" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<polyline points="{}"/></svg>',
        label,
        " ".join(f"{x:.1f},{y:.1f}" for x, y in points),
    )


@register.simple_tag
def word_diff(before: Any, after: Any) -> SafeString:
    """Two texts as one, with what went and what came marked for eyes and ears."""
    words = {"removed": gettext("removed:"), "added": gettext("added:")}
    tags = {"removed": "del", "added": "ins"}
    marked = [
        format_html("{}", piece.text)
        if piece.kind == "same"
        else format_html('<{0}><span class="vh"> {1} </span>{2}</{0}>', tags[piece.kind], words[piece.kind], piece.text)
        for piece in pieces(str(before or ""), str(after or ""))
    ]
    return format_html('<p class="words">{}</p>', format_html_join("", "{}", ((part,) for part in marked)))
