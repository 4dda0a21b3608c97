"""The page door as the tests of this room use it: somebody signed in, and what a refusal left behind."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.test import Client

from audit.models import AuditEvent
from orchestr.execution.models import Execution, Incident
from orchestr.freezes.models import Freeze
from orchestr.governance.models import ControlChange
from orchestr.people.models import Account
from orchestr.proposals.models import Proposal


def signed_in(who: Account) -> Client:
    client = Client()
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    return client


def get(who: Account, url: str, **query: Any) -> Any:
    """The page of this address; fails unless it is there."""
    answer = signed_in(who).get(url, query)
    assert answer.status_code == 200, (url, answer.status_code)
    return answer


@contextmanager
def one_refusal(code: str) -> Iterator[None]:
    """Whatever happens within leaves exactly one refusal event of this code, and nothing else."""
    before = _everything()
    yield
    refusals = AuditEvent.objects.filter(action="refused")
    assert [event.data["code"] for event in refusals.order_by("-id")[:1]] == [code]
    after = _everything()
    assert after.pop("events") == before.pop("events") + 1
    assert after == before


def _everything() -> dict[str, Any]:
    return {
        "events": AuditEvent.objects.count(),
        "executions": list(Execution.objects.order_by("pk").values_list("pk", "state")),
        "proposals": list(Proposal.objects.order_by("pk").values_list("pk", "state", "revision")),
        "incidents": list(Incident.objects.order_by("pk").values()),
        "freezes": list(Freeze.objects.order_by("pk").values()),
        "changes": list(ControlChange.objects.order_by("pk").values()),
    }
