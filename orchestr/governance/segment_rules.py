"""Making and retiring a rule: one admin, at once, since nothing is given by a rule that nobody names."""

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.utils import IntegrityError

from audit.record import Actor, record
from orchestr.catalogue.models import Segment
from orchestr.catalogue.rules.conditions import Conditions
from orchestr.catalogue.rules.evaluate import evaluate
from orchestr.catalogue.rules.models import PREFIX, SegmentRule
from orchestr.catalogue.spelling import hidden_in_id
from orchestr.governance.control import ADMINS
from orchestr.people.models import Account
from orchestr.policy.values import Json, digest
from orchestr.refusal import Kind, Refusal, absent


def make_rule(*, key: str, name: str, within: str, conditions: Json, by: Actor, at: datetime) -> SegmentRule:
    """A new rule, evaluated at once. Refuses who is no admin, a key that is taken or not `rule:…`, odd conditions."""
    _entitled(by)
    wanted = Conditions.parse(conditions)
    if not key.startswith(PREFIX) or len(key) > 120 or key == PREFIX or " " in key or hidden_in_id(key):
        raise _key_refused(f"A rule's key begins with {PREFIX} and has no spaces.", Kind.UNPROCESSABLE, "rule_key")
    segment = Segment.objects.filter(key=within).first()
    if segment is None:
        raise absent("segment")
    if Segment.objects.filter(key=key).exists():
        raise _key_refused("A segment has this key already.", Kind.CONFLICT, "rule_exists")
    try:
        with transaction.atomic():
            rule = SegmentRule.objects.create(
                key=key, name=name.strip()[:120] or key, within=segment, conditions=wanted.wire(), made_at=at
            )
    except IntegrityError:
        raise _key_refused("There is a rule with this key already.", Kind.CONFLICT, "rule_exists") from None
    _record("segment_rule.made", rule, by, at)
    evaluate(rule.pk, at=at)
    rule.refresh_from_db()
    return rule


def retire_rule(*, rule_id: UUID, by: Actor, at: datetime) -> SegmentRule:
    """From now on it holds nothing. Retiring twice changes nothing. Locks the rule."""
    _entitled(by)
    rule = SegmentRule.objects.select_for_update(of=("self",)).select_related("within").filter(pk=rule_id).first()
    if rule is None:
        raise absent("rule")
    if rule.retired_at is None:
        rule.retired_at = at
        rule.save(update_fields=["retired_at"])
        _record("segment_rule.retired", rule, by, at)
        evaluate(rule.pk, at=at)
        rule.refresh_from_db()
    return rule


def _record(action: str, rule: SegmentRule, by: Actor, at: datetime) -> None:
    asked = digest({"within": rule.within.key, "conditions": rule.conditions})
    record(
        action=action,
        actor=by,
        at=at,
        about={"segment": rule.pk},
        data={"key": rule.key, "digest": asked},
        segments=[rule.within.key],
    )


def _entitled(by: Actor) -> None:
    """People only with the function; a command has the machine."""
    if not connection.in_atomic_block:
        raise RuntimeError("An operation was called outside a transaction: the door opens it.")
    if by.kind != "person":
        return
    account = Account.objects.filter(pk=by.account_id).first() if by.account_id else None
    if account is None or not account.functions & ADMINS:
        raise Refusal(
            Kind.FORBIDDEN,
            "function_missing",
            "Only admins may make or retire a rule.",
            next="Ask an admin.",
            params={"functions": sorted(ADMINS)},
        )


def _key_refused(detail: str, kind: Kind, code: str) -> Refusal:
    return Refusal(kind, code, detail, next=f"Choose another key, such as {PREFIX}slow-movers.")
