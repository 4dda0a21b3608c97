"""Segments by rule: what they hold takes two persons, as agents' rights and what stops them move with it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from django.db import connection

from audit.record import Actor, record
from orchestr.catalogue.models import Segment, SegmentRule
from orchestr.catalogue.rules.conditions import Conditions
from orchestr.catalogue.rules.members import evaluate
from orchestr.catalogue.spelling import hidden_in_id
from orchestr.governance import control
from orchestr.governance.models import ControlChange
from orchestr.people.models import Account
from orchestr.policy.values import Json, digest
from orchestr.refusal import Kind, Refusal, absent

KIND = "segment.rule"
PREFIX = "rule-"  # no system's own segments begin so: those are left out, see catalogue/pages.py


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A segment by rule as people agree on it: its key and name, the segment it draws from, its conditions."""

    key: str
    name: str
    within: str
    conditions: Conditions

    @classmethod
    def of(cls, row: SegmentRule) -> Self:
        segment = row.segment
        within = segment.parent.key if segment.parent is not None else ""
        return cls(key=segment.key, name=segment.name, within=within, conditions=Conditions.parse(row.conditions))

    def wire(self) -> dict[str, Json]:
        return {"key": self.key, "name": self.name, "within": self.within, **self.conditions.wire()}

    @classmethod
    def parse(cls, raw: dict[str, Any]) -> Self:
        conditions = Conditions.parse({"types": raw["types"], "conditions": raw["conditions"]})
        return cls(key=raw["key"], name=raw["name"], within=raw["within"], conditions=conditions)


def standing(key: str) -> Rule | None:
    """The rule of that key that is in force."""
    found = SegmentRule.objects.select_related("segment__parent").filter(segment__key=key, retired_at=None).first()
    return None if found is None else Rule.of(found)


def request_rule(*, rule: Rule, reason: str, by: Account, at: datetime) -> ControlChange:
    """Ask that a segment hold what meets these conditions: a new one, or another meaning of one there is.

    Refuses a key of another shape or of another segment, a missing name, a segment to draw from that is not there or
    is a rule itself, and a rule that changes nothing.
    """
    check(rule)
    before = standing(rule.key)
    if before == rule:
        raise Refusal(
            Kind.CONFLICT, "nothing_changes", "The rule says this already.", next="Change it, or leave it as it is."
        )
    return _request(rule.key, None if before is None else before.wire(), rule.wire(), reason, by, at)


def request_retirement(*, key: str, reason: str, by: Account, at: datetime) -> ControlChange:
    """Ask that a rule hold nothing any more: agents lose what they had by it, and what named it stops nothing."""
    before = standing(key)
    if before is None:
        raise absent("segment")
    return _request(key, before.wire(), None, reason, by, at)


def apply(change: ControlChange, by: Account, at: datetime) -> None:
    """Put in force what two people agreed on, and work out at once what it holds. Locks the rule.

    Refuses (409) if the rule is no longer what they looked at.
    """
    key = change.target.removeprefix("segment:")
    before = standing(key)
    if change.before != (None if before is None else before.wire()):
        raise Refusal(
            Kind.CONFLICT,
            "rule_moved",
            "The rule has changed since this was asked for.",
            next="Reject this request and ask again from what the rule is now.",
            about={"control_change": str(change.pk)},
        )
    if change.after is None:
        _retire(key, by, at)
        return
    rule = Rule.parse(dict(change.after))
    check(rule)
    _write(rule, by, at)


def check(rule: Rule) -> None:
    """Raise Refusal unless such a rule can be: of itself, and beside the segments there are."""
    if (
        not rule.key.startswith(PREFIX)
        or not 0 < len(rule.key) <= 120
        or hidden_in_id(rule.key)
        or rule.key.split() != [rule.key]
    ):
        raise _refused("rule_key", f"The key of a rule begins with {PREFIX} and holds no spaces.", "Choose such a key.")
    if not 0 < len(rule.name.strip()) <= 120:
        raise _refused("rule_name", "A rule has a name of at most 120 characters.", "Name what it holds.")
    within = Segment.objects.filter(key=rule.within, rule=None).first()
    if within is None:
        raise _refused(
            "unknown_segment", f"There is no segment {rule.within} to draw from.", "Choose one from the list."
        )
    taken = Segment.objects.filter(key=rule.key).select_related("rule").first()
    if taken is not None and (getattr(taken, "rule", None) is None or taken.rule.retired_at is not None):
        raise _refused("rule_key_taken", f"The key {rule.key} was used for something else.", "Choose another key.")


def _write(rule: Rule, by: Account, at: datetime) -> None:
    within = Segment.objects.get(key=rule.within)
    segment, _ = Segment.objects.get_or_create(key=rule.key, defaults={"name": rule.name, "parent": within})
    row, _ = SegmentRule.objects.get_or_create(segment=segment, defaults={"conditions": rule.conditions.wire()})
    SegmentRule.objects.select_for_update().get(pk=row.pk)
    segment.name, segment.parent = rule.name, within
    segment.save(update_fields=["name", "parent"])
    SegmentRule.objects.filter(pk=row.pk).update(conditions=rule.conditions.wire())
    held = evaluate(segment.pk, at=at, wait=True)
    record(
        action="segment.rule_set",
        actor=_person(by),
        at=at,
        about={"segment": segment.pk},
        data={
            "digest": digest(rule.wire()),
            "within": rule.within,
            "members": held.members if held else 0,
            "unknown": held.unknown if held else 0,
        },
        segments=[rule.key],
    )


def _retire(key: str, by: Account, at: datetime) -> None:
    row = SegmentRule.objects.select_for_update(of=("self",)).get(segment__key=key)
    row.retired_at, row.unknown = at, 0
    row.save(update_fields=["retired_at", "unknown"])
    row.held.clear()
    record(action="segment.rule_retired", actor=_person(by), at=at, about={"segment": row.pk}, segments=[key])


def _request(key: str, before: Any, after: Any, reason: str, by: Account, at: datetime) -> ControlChange:
    if not connection.in_atomic_block:
        raise RuntimeError("An operation was called outside a transaction: the door opens it.")
    return control.request(kind=KIND, target=f"segment:{key}", before=before, after=after, reason=reason, by=by, at=at)


def _person(by: Account) -> Actor:
    return Actor.person(account_id=by.pk, person_id=by.person_id)


def _refused(code: str, message: str, next: str) -> Refusal:
    return Refusal(Kind.UNPROCESSABLE, code, message, next=next)


control.register(KIND, apply, confirmers=control.ADMINS_AND_ANSWERABLE)
