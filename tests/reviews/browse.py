"""A person at the pages: signed in, with what their acts leave behind."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.test import Client

from audit.models import AuditEvent
from orchestr.execution.models import Execution
from orchestr.people.models import Account, Notice
from orchestr.proposals.models import Claim, Decision, Proposal, Version
from reviews.models import Comment, Look, Snooze

BACKEND = "django.contrib.auth.backends.ModelBackend"


def browser(account: Account) -> Client:
    """A browser in which this account is signed in."""
    client = Client()
    client.force_login(Account.objects.get(pk=account.pk), backend=BACKEND)
    return client


def act(account: Account, name: str, proposal: Proposal, *, htmx: str = "", **fields: str) -> HttpResponse:
    """Press a button of the proposal's page (or, with htmx the id of a row, of the queue)."""
    headers = {"HX-Request": "true", "HX-Target": htmx} if htmx else {}
    given = {"digest": proposal.digest} | fields
    return browser(account).post(f"/reviews/{proposal.pk}/{name}/", given, headers=headers)  # type: ignore[return-value]


def see(account: Account, path: str, **headers: str) -> HttpResponse:
    return browser(account).get(path, headers=headers)  # type: ignore[return-value]


def text(answer: HttpResponse) -> str:
    return answer.content.decode()


def left(proposal_id: UUID) -> tuple[Any, ...]:
    """Everything a decision could have changed."""
    proposal = Proposal.objects.get(pk=proposal_id)
    counts = [model.objects.count() for model in (Decision, Version, Claim, Execution, Snooze, Comment, Look, Notice)]
    return proposal.state, proposal.turn, proposal.number, proposal.digest, proposal.revision, *counts


def refused(press: Callable[[], HttpResponse], proposal: Proposal, code: str, status: int) -> HttpResponse:
    """Do what must be refused; it leaves exactly one refusal event and nothing else."""
    before, events = left(proposal.pk), set(AuditEvent.objects.values_list("pk", flat=True))
    answer = press()
    fresh = AuditEvent.objects.exclude(pk__in=events)
    assert [(event.action, event.data["code"]) for event in fresh] == [("refused", code)]
    assert answer.status_code == status
    assert left(proposal.pk) == before
    return answer
