"""Versions as people read them: who made each, and what is different between two."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from orchestr.policy.values import Address, Json
from orchestr.proposals.models import Proposal, Version
from reviews.proposal.changes import shown
from reviews.templatetags.show import address_words, wire_value
from reviews.words.proposal import field_label

MOST_SENTENCES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionLine:
    number: int
    digest: str
    at: datetime
    who: str
    note: str
    current: bool


def lines_of(proposal: Proposal, versions: list[Version], proposer: str) -> list[VersionLine]:
    """Every version, newest first; they come with narrowed_by and edited_by."""
    return [
        VersionLine(
            number=version.number,
            digest=version.digest,
            at=version.created_at,
            who=_author(version, proposer),
            note=_note(version),
            current=version.number == proposal.number,
        )
        for version in sorted(versions, key=lambda each: -each.number)
    ]


def _author(version: Version, proposer: str) -> str:
    by = version.narrowed_by or version.edited_by
    return by.name if by is not None else proposer


def _note(version: Version) -> str:
    if version.narrowed_by_id is not None:
        return _("narrowed")
    return _("edited by a reviewer") if version.edited_by_id is not None else ""


def changes_between(old: Version, new: Version, *, sees_cost: bool) -> list[str]:
    """What is different in `new`, a sentence each; the first dozen, then how many more."""
    before, after = _by_place(old, sees_cost), _by_place(new, sees_cost)
    said = [
        _("%(what)s: %(new)s instead of %(old)s")
        % {"what": _name(change), "new": wire_value(change["after"]), "old": wire_value(before[place]["after"])}
        for place, change in after.items()
        if place in before and before[place]["after"] != change["after"]
    ]
    said += [
        _("%(what)s is no longer in it") % {"what": _name(before[place])} for place in before.keys() - after.keys()
    ]
    said += [_("%(what)s was added") % {"what": _name(after[place])} for place in after.keys() - before.keys()]
    if old.atomicity != new.atomicity:
        said.append(_("What happens if one item fails is different."))
    if not said and old.number != new.number:
        said = [_("The values are the same; its evidence or its words are new.")]
    if len(said) > MOST_SENTENCES:
        more = len(said) - MOST_SENTENCES
        said = [*said[:MOST_SENTENCES], _("and %(n)d more differences") % {"n": more}]
    return said


def _by_place(version: Version, sees_cost: bool) -> dict[tuple[str, ...], Mapping[str, Json]]:
    return {
        (each["type"], each["id"], each["system"], each["field"], Address.parse(each["address"]).key()): each
        for each in shown(version, sees_cost=sees_cost)
    }


def _name(change: Mapping[str, Json]) -> str:
    where = address_words(change["address"])
    return " · ".join(part for part in (change["title"], field_label(change["field"]), where) if part)
