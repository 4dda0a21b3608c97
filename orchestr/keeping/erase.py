"""Erasing a person: what names them goes, and so does the salt that linked digests in the log to them. Events stay.

What they decided, proposed and wrote for the business stays with their id until its own time is over.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.db.models import Q

from audit.record import Actor, record
from orchestr.agents.models import Agent
from orchestr.execution.models import Incident
from orchestr.governance import control
from orchestr.governance.models import ControlChange
from orchestr.keeping.hold import is_held, line_up_after_holds
from orchestr.keeping.models import LegalHold
from orchestr.people.functions import Function
from orchestr.people.models import Account, Person, SegmentAccountGrant, Shift
from orchestr.proposals.models import Decision, Proposal
from orchestr.refusal import Kind, Refusal, absent
from orchestr.workflows.models import Workflow

ERASE = "person.erase"

# Names that other systems gave us for them, and entries of calendars.
_ELSEWHERE = (
    "UPDATE orchestr_execution_item SET changed_by = '' WHERE changed_by <> '' AND lower(changed_by) = ANY(%(names)s)",
    "UPDATE orchestr_drift SET changed_by = '' WHERE changed_by <> '' AND lower(changed_by) = ANY(%(names)s)",
    "UPDATE orchestr_rota_feed SET unmatched = ARRAY(SELECT name FROM unnest(unmatched) AS name"
    " WHERE lower(name) <> ALL(%(names)s)) WHERE unmatched <> '{}'",
    "UPDATE orchestr_shift SET uid = '' WHERE person_id = %(person)s AND uid <> ''",
    "DELETE FROM reviews_unsent WHERE person_id = %(person)s AND proposal_id IS NULL",
)


def request_erasure(*, person_id: UUID, reason: str, by: Account, at: datetime) -> ControlChange:
    """Ask for a person to be erased; a second admin confirms. Refuses what `erase` would refuse now."""
    person = Person.objects.filter(pk=person_id).first()
    if person is None:
        raise absent("person")
    _may_go(person, at)
    return control.request(
        kind=ERASE,
        target=f"person:{person.pk}",
        before={"person": str(person.pk), "erased": False},
        after={"person": str(person.pk), "erased": True},
        reason=reason,
        by=by,
        at=at,
    )


def erase(*, person_id: UUID, by: Actor, at: datetime) -> Person:
    """Take away name, sign-ins, mail, rights and salt of a person; cannot be undone. Locks the person.

    Refuses somebody who is erased already, whom a legal hold covers or whose work one covers, who takes part in work or
    an incident that is open, who still answers for an agent, a workflow or a shift to come, and the last admin.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("An operation was called outside a transaction: the door opens it.")
    line_up_after_holds()
    person = Person.objects.select_for_update().filter(pk=person_id).first()
    if person is None:
        raise absent("person")
    _may_go(person, at)
    accounts = list(Account.objects.select_for_update(of=("self",)).filter(person=person).order_by("id"))
    names = sorted({person.name, *(each.username for each in accounts), *(each.email for each in accounts)} - {""})
    for account in accounts:
        _close(account)
    _forget(person, names)
    person.name, person.zone, person.locale, person.salt, person.erased_at = "", "UTC", "en", None, at
    person.save(update_fields=["name", "zone", "locale", "salt", "erased_at"])
    record(action="person.erased", actor=by, at=at, about={"person": person.pk}, data={"count": len(accounts)})
    return person


def _may_go(person: Person, at: datetime) -> None:
    about = {"person": str(person.pk)}
    if person.erased_at is not None:
        raise Refusal(
            Kind.CONFLICT, "already_erased", "This person was erased before.", next="There is nothing to do.",
            about=about,
        )  # fmt: skip
    if is_held(person=person.pk) or _work_is_held(person):
        raise Refusal(
            Kind.CONFLICT, "held", "A legal hold covers this person or their work.",
            next="Two people can lift the hold first.", about=about,
        )  # fmt: skip
    if _answers_for_something(person, at):
        raise Refusal(
            Kind.CONFLICT,
            "still_answers",
            "This person still answers for an agent, a workflow or a shift.",
            next="Give those to somebody else first.",
            about=about,
        )
    if _takes_part(person):
        raise Refusal(
            Kind.CONFLICT,
            "still_takes_part",
            "This person takes part in something that is not settled: a proposal, an incident or a control change.",
            next="Let that come to its end first.",
            about=about,
        )
    admins = Account.objects.filter(is_active=True, groups__name=Function.ADMIN)
    if admins.filter(person=person).exists() and not admins.exclude(person=person).exists():
        raise Refusal(
            Kind.CONFLICT, "last_admin", "This is the last admin.", next="Make somebody else an admin first.",
            about=about,
        )  # fmt: skip


def _work_is_held(person: Person) -> bool:
    """Whether a proposal that they made, changed or decided on is held: who it was is part of what is kept."""
    held = [
        UUID(key) for key in LegalHold.objects.filter(kind="proposal", lifted_at=None).values_list("key", flat=True)
    ]
    return Proposal.objects.filter(_theirs(person), pk__in=held).exists()


def _takes_part(person: Person) -> bool:
    if Proposal.objects.filter(_theirs(person), settled_at=None).exists():
        return True
    if ControlChange.objects.filter(requested_by=person, state="requested").exists():
        return True
    named = Q(opened_by=person) | Q(acknowledged_by=person) | Q(reviewed_by=person)
    around = Q(proposal__in=Proposal.objects.filter(_theirs(person)).values("pk"))
    return Incident.objects.filter(named | around, closed_at=None).exists()


def _theirs(person: Person) -> Q:
    """Proposals that they made, or on which a decision of theirs stands, was voided or taken back."""
    return Q(person=person) | Q(pk__in=Decision.objects.filter(person=person).values("proposal"))


def _answers_for_something(person: Person, at: datetime) -> bool:
    owns = Q(owner=person) | Q(escalation_owner=person) | Q(rollback_owner=person)
    return (
        Agent.objects.filter(owner=person, retired_at=None).exists()
        or Workflow.objects.filter(owns, enabled=True).exists()
        or Shift.objects.filter(person=person, ends_at__gt=at).exists()
    )


def _close(account: Account) -> None:
    """The sign-in stays as a row that others point to, and opens nothing."""
    SegmentAccountGrant.objects.filter(user=account).delete()
    account.groups.clear()
    account.user_permissions.clear()
    account.username, account.email = f"erased-{account.pk}", ""
    account.password = make_password(None)
    account.is_active = account.is_staff = account.is_superuser = False
    account.last_login = None
    account.save()


def _forget(person: Person, names: Sequence[str]) -> None:
    for model in ("AccessAttempt", "AccessFailureLog", "AccessLog"):
        apps.get_model("axes", model)._default_manager.filter(username__in=names).delete()
    given: dict[str, Any] = {"person": person.pk, "names": [name.lower() for name in names]}
    with connection.cursor() as cursor:
        for statement in _ELSEWHERE:
            cursor.execute(statement, given)


def _apply(change: ControlChange, by: Account, at: datetime) -> None:
    actor = Actor.person(account_id=by.pk, person_id=by.person_id)
    erase(person_id=UUID(change.target.removeprefix("person:")), by=actor, at=at)


control.register(ERASE, _apply)
