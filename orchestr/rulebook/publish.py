"""Policy versions: drafted, and published by a second person's confirmation."""

from datetime import datetime
from typing import Any

from django.db.models import Max

from audit.record import Actor, record
from orchestr.governance import control
from orchestr.governance.models import ControlChange
from orchestr.people.models import Account
from orchestr.policy.ruleset import parse_policy
from orchestr.policy.values import Json, ValueRefused, digest
from orchestr.refusal import Kind, Refusal
from orchestr.rulebook.models import PolicyVersion

KIND = "policy.publish"


def draft_policy(*, rules: Json, by: Account, at: datetime) -> PolicyVersion:
    """Keep a set of rules under the next number. Refuses what the rules cannot read."""
    number = (PolicyVersion.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    try:
        parse_policy(rules, number=number)
    except ValueRefused as wrong:
        raise Refusal(
            Kind.UNPROCESSABLE, wrong.code, str(wrong), next="Correct the parameter it names and save again."
        ) from None
    row = PolicyVersion.objects.create(
        number=number, rules=rules, digest=digest(rules), author_id=by.person_id, created_at=at
    )
    _record("policy.drafted", row, by, at)
    return row


def request_publication(*, number: int, reason: str, by: Account, at: datetime) -> ControlChange:
    """Ask for a draft to come into force; a second admin confirms it."""
    row = PolicyVersion.objects.filter(number=number, state="draft").first()
    if row is None:
        raise Refusal(Kind.CONFLICT, "not_a_draft", "Only a draft can be published.", next="Draft a new version first.")
    standing = PolicyVersion.objects.filter(state="published").first()
    return control.request(
        kind=KIND,
        target=f"policy:{number}",
        before=None if standing is None else {"number": standing.number, "digest": standing.digest},
        after={"number": row.number, "digest": row.digest},
        reason=reason,
        by=by,
        at=at,
    )


def publish_at_setup(*, row: PolicyVersion, by: Account, at: datetime) -> PolicyVersion:
    """The first version, that a seed starts with; no door calls this."""
    return _publish(row, by, at)


def apply(change: ControlChange, by: Account, at: datetime) -> None:
    """Retire the version in force and put this one in its place."""
    after: dict[str, Any] = dict(change.after or {})
    row = PolicyVersion.objects.select_for_update(of=("self",)).get(number=after["number"])
    if row.digest != after["digest"] or row.state != PolicyVersion.State.DRAFT:
        raise Refusal(
            Kind.CONFLICT, "policy_moved", "This version is no longer the draft that was looked at.", next="Reload."
        )
    _publish(row, by, at)


def _publish(row: PolicyVersion, by: Account, at: datetime) -> PolicyVersion:
    for standing in PolicyVersion.objects.select_for_update(of=("self",)).filter(state="published"):
        standing.state = PolicyVersion.State.RETIRED
        standing.save(update_fields=["state"])
        _record("policy.retired", standing, by, at)
    row.state = PolicyVersion.State.PUBLISHED
    row.approver_id = by.person_id
    row.effective_from = at
    row.save(update_fields=["state", "approver", "effective_from"])
    _record("policy.published", row, by, at)
    return row


def _record(action: str, row: PolicyVersion, by: Account, at: datetime) -> None:
    record(
        action=action,
        actor=Actor.person(account_id=by.pk, person_id=by.person_id),
        at=at,
        about={"policy": str(row.pk)},
        data={"policy_version": row.number, "digest": row.digest},
    )


control.register(KIND, apply, confirmers=control.ADMINS_AND_ANSWERABLE)
