"""Filters above a list, as its address carries them: one field with its choices, and the refusal of what reads wrong."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from orchestr.refusal import Kind, Refusal


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    selected: bool


@dataclass(frozen=True, slots=True)
class Filter:
    name: str
    label: str
    options: list[Option]


def filter_of(name: str, label: str, choices: Mapping[str, str], value: str) -> Filter:
    """These choices by value; what is asked for and is none (any more) stands at the end as it is."""
    options = [Option(choice, words, choice == value) for choice, words in choices.items()]
    if value and value not in choices:
        options.append(Option(value, value, True))
    return Filter(name, label, options)


def any_or(name: str, label: str, choices: Mapping[str, str], value: str) -> Filter:
    """All, or one of the choices."""
    return filter_of(name, label, {"": _("All"), **choices}, value)


def unreadable(field: str, *, next: str) -> Refusal:
    """What a list answers to an address that nobody was given; `next` says from where to filter again."""
    return Refusal(
        Kind.INVALID,
        "filter_unreadable",
        _("The filter %(field)s cannot be read.") % {"field": field},
        next=next,
        params={"field": field},
    )
