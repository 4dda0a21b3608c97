"""Lengths of time for the figures."""

from datetime import timedelta

from django import template

from reviews.templatetags.show import seconds

register = template.Library()


@register.filter
def duration(value: timedelta | None) -> str:
    """A length of time in its largest units; a dash for none."""
    return seconds(None if value is None else int(value.total_seconds()))
