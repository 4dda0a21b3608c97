"""Publishing: asked for by one person, confirmed by a second, refused where the version cannot prove itself."""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from audit.record import Actor
from orchestr.governance import control
from orchestr.governance.models import ControlChange
from orchestr.live import wake
from orchestr.people.models import Account
from orchestr.policy.examples import failing, parse_examples
from orchestr.policy.ruleset import Policy, parse_policy
from orchestr.policy.values import digest
from orchestr.refusal import Kind, Refusal
from orchestr.rulebook.drafts import person, record_policy
from orchestr.rulebook.models import PolicyVersion, PolicyVersionQuerySet

KIND = "policy.publish"
REJUDGE = "orchestr.proposals.rejudging.again"

# Raises Refusal where one of these persons would be judged more loosely by `new`. A room above registers it.
type Guard = Callable[[Policy, Policy, Collection[UUID], datetime], None]
_guards: list[Guard] = []


def guarded_by(guard: Guard) -> Guard:
    """Ask this too before anything is published."""
    _guards.append(guard)
    return guard


def request_publication(
    *, number: int, reason: str, by: Account, at: datetime, effective_from: datetime | None = None
) -> ControlChange:
    """Ask for a draft to come into force, at once or from a date; a second person confirms it.

    Refuses what is no draft, a date that has passed, a failing example, and a version under which a proposal of its
    author or of `by`, open or ended unpublished a short while ago, would be judged more loosely.
    """
    row = PolicyVersion.objects.filter(number=number, state="draft").first()
    if row is None:
        raise Refusal(Kind.CONFLICT, "not_a_draft", "Only a draft can be published.", next="Draft a new version first.")
    if effective_from is not None and effective_from <= at:
        raise Refusal(
            Kind.UNPROCESSABLE,
            "effective_in_the_past",
            "A version comes into force now or later, never earlier.",
            next="Choose a later date, or none for at once.",
            about={"policy": str(row.pk)},
        )
    _refuse_unproven(row, {row.author_id, by.person_id}, at)
    standing = PolicyVersion.objects.standing(at)
    return control.request(
        kind=KIND,
        target=f"policy:{number}",
        before=None if standing is None else {"number": standing.number, "digest": standing.digest},
        after={
            "number": row.number,
            "digest": row.digest,
            "examples": digest(row.examples),
            "effective_from": None if effective_from is None else effective_from.isoformat(),
        },
        reason=reason,
        by=by,
        at=at,
    )


def apply(change: ControlChange, by: Account, at: datetime) -> None:
    """Put this version in the place of the one in force, or of the one to come. Everything is looked at again."""
    after: dict[str, Any] = dict(change.after or {})
    row = PolicyVersion.objects.select_for_update(of=("self",)).get(number=after["number"])
    moved = row.digest != after["digest"] or digest(row.examples) != after.get("examples", digest(row.examples))
    if moved or row.state != PolicyVersion.State.DRAFT:
        raise Refusal(
            Kind.CONFLICT, "policy_moved", "This version is no longer the draft that was looked at.", next="Reload."
        )
    _refuse_unproven(row, {row.author_id, change.requested_by_id, by.person_id}, at)
    wanted = after.get("effective_from")
    _put_in_force(row, max(at, datetime.fromisoformat(wanted)) if wanted else at, by, at)


def retire_past(*, by: Actor, at: datetime) -> None:
    """Retire what another version has taken the place of by its date. Locks what it retires."""
    standing = PolicyVersion.objects.standing(at)
    if standing is not None:
        _retire(PolicyVersion.objects.filter(effective_from__lt=standing.effective_from), by, at)


def _put_in_force(row: PolicyVersion, effective_from: datetime, by: Account, at: datetime) -> PolicyVersion:
    actor = person(by)
    retire_past(by=actor, at=at)
    others = PolicyVersion.objects.exclude(pk=row.pk)
    if effective_from > at:
        _retire(others.filter(effective_from__gt=at), actor, at)
    else:
        _retire(others.filter(effective_from__lte=at), actor, at)
    row.state = PolicyVersion.State.PUBLISHED
    row.approver_id = by.person_id
    row.effective_from = effective_from
    row.save(update_fields=["state", "approver", "effective_from"])
    record_policy("policy.published", row, actor, at, effective_from=effective_from)
    wake(REJUDGE, queue="default", after_s=max(0.0, (effective_from - at).total_seconds()))
    return row


def _retire(rows: PolicyVersionQuerySet, by: Actor, at: datetime) -> None:
    for standing in rows.select_for_update(of=("self",)).filter(state="published").order_by("number"):
        standing.state = PolicyVersion.State.RETIRED
        standing.save(update_fields=["state"])
        record_policy("policy.retired", standing, by, at)


def _refuse_unproven(row: PolicyVersion, persons: Collection[UUID], at: datetime) -> None:
    policy = parse_policy(row.rules, number=row.number)
    if wrong := failing(policy, parse_examples(row.examples)):
        names = [each.example.name for each in wrong]
        raise Refusal(
            Kind.CONFLICT,
            "example_fails",
            f"This version does not judge its examples as they say: {', '.join(names[:5])}.",
            next="Change the rules, or the example if it is no longer what you want.",
            params={"count": len(wrong)},
            about={"policy": str(row.pk)},
        )
    standing = PolicyVersion.objects.standing(at)
    if standing is None:
        return
    if not _guards:
        raise RuntimeError("Nobody looks at the open proposals of those who publish a policy.")
    for guard in _guards:
        guard(parse_policy(standing.rules, number=standing.number), policy, persons, at)


control.register(KIND, apply, confirmers=control.ADMINS_AND_ANSWERABLE)
