"""Drafts of a policy: written, changed by their author, discarded. A draft judges nothing."""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Max

from audit.record import Actor, record
from orchestr.governance.models import ControlChange
from orchestr.people.models import Account
from orchestr.policy.default_examples import default_examples
from orchestr.policy.examples import parse_examples
from orchestr.policy.ruleset import parse_policy
from orchestr.policy.values import Json, ValueRefused, digest
from orchestr.refusal import Kind, Refusal, absent
from orchestr.rulebook.models import PolicyVersion


def draft_policy(*, rules: Json, by: Account, at: datetime, examples: Json = None) -> PolicyVersion:
    """Keep a set of rules under the next number, with the examples of the version in force unless others are given.

    Refuses (422) what the rules or examples cannot read.
    """
    number = (PolicyVersion.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    if examples is None:
        standing = PolicyVersion.objects.standing(at)
        examples = default_examples() if standing is None else standing.examples
    _readable(rules, examples, number)
    row = PolicyVersion.objects.create(
        number=number, rules=rules, examples=examples, digest=digest(rules), author_id=by.person_id, created_at=at
    )
    record_policy("policy.drafted", row, person(by), at)
    return row


def change_draft(
    *, number: int, stamp: str, by: Account, at: datetime, rules: Json = None, examples: Json = None
) -> PolicyVersion:
    """Put other rules or examples in the place of a draft's. Locks the version.

    Refuses what is no draft, a stamp that is no longer its own, another person than its author (they draft one
    from it), a draft that waits for a second person, and what cannot be read.
    """
    row = _lock(number)
    _still_draft(row)
    if row.author_id != by.person_id:
        raise Refusal(
            Kind.FORBIDDEN,
            "not_your_draft",
            "A draft is changed by the person who wrote it.",
            next="Draft another version from it.",
            about={"policy": str(row.pk)},
        )
    if stamp != row.stamp:
        raise Refusal(
            Kind.CONFLICT,
            "stale_digest",
            "This draft has been changed since you looked at it.",
            next="Reload it and change what is shown.",
            about={"policy": str(row.pk)},
        )
    _readable(row.rules if rules is None else rules, row.examples if examples is None else examples, number)
    changed: Mapping[str, Json] = {"rules": rules, "examples": examples}
    fields = [name for name, value in changed.items() if value is not None]
    for name in fields:
        setattr(row, name, changed[name])
    row.digest = digest(row.rules)
    row.save(update_fields=[*fields, "digest"])
    record_policy("policy.changed", row, person(by), at, fields=fields)
    return row


def discard_draft(*, number: int, by: Account, at: datetime) -> PolicyVersion:
    """Put a draft away for good; its number is not used again. Refuses what is no draft or waits for a second person."""
    row = _lock(number)
    _still_draft(row)
    row.state = PolicyVersion.State.DISCARDED
    row.save(update_fields=["state"])
    record_policy("policy.discarded", row, person(by), at)
    return row


def person(by: Account) -> Actor:
    return Actor.person(account_id=by.pk, person_id=by.person_id)


def record_policy(action: str, row: PolicyVersion, by: Actor, at: datetime, **data: Json) -> None:
    """The one event of what became of a version."""
    record(
        action=action,
        actor=by,
        at=at,
        about={"policy": str(row.pk)},
        data={"policy_version": row.number, "digest": row.digest, **data},
    )


def _lock(number: int) -> PolicyVersion:
    row = PolicyVersion.objects.select_for_update(of=("self",)).filter(number=number).first()
    if row is None:
        raise absent("policy version")
    return row


def _still_draft(row: PolicyVersion) -> None:
    if row.state != PolicyVersion.State.DRAFT:
        raise Refusal(
            Kind.CONFLICT,
            "not_a_draft",
            "Only a draft can be changed.",
            next="Draft a new version.",
            about={"policy": str(row.pk)},
        )
    if ControlChange.objects.filter(kind="policy.publish", target=f"policy:{row.number}", state="requested").exists():
        raise Refusal(
            Kind.CONFLICT,
            "already_requested",
            "This draft waits for a second person and stays as it was shown.",
            next="Take the request back first.",
            about={"policy": str(row.pk)},
        )


def _readable(rules: Json, examples: Json, number: int) -> None:
    try:
        parse_policy(rules, number=number)
        parse_examples(examples)
    except ValueRefused as wrong:
        raise Refusal(
            Kind.UNPROCESSABLE, wrong.code, str(wrong), next="Correct the parameter it names and save again."
        ) from None
