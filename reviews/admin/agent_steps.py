"""From nothing to the first call: what an agent still lacks, one step after the other, each with where it is done."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from orchestr.agents.models import Agent, AgentToken
from orchestr.governance.models import ControlChange
from reviews.admin.scopes import Held


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step. `waits` for a second person; `url` is empty where the page itself has the form."""

    words: str
    done: bool
    waits: bool = False
    url: str = ""


def missing_of(tokens: Iterable[AgentToken], scopes: Sequence[Held], agent: Agent) -> list[Step]:
    """Every step, in order; empty once all are done (two queries until then)."""
    used = any(token.last_used_at is not None for token in tokens)
    workflow = agent.workflows.filter(enabled=True).exists()
    if scopes and workflow and used:
        return []
    asked = ControlChange.objects.filter(kind="scope", state="requested", target__startswith=f"agent:{agent.key}/")
    matrix = reverse("admin:tools", query={"agent": agent.key})
    return [
        Step(words=_("Registered"), done=True),
        Step(words=_("Give it a scope on a tool"), done=bool(scopes), waits=not scopes and asked.exists(), url=matrix),
        Step(words=_("Define a workflow that runs it"), done=workflow, url=reverse("admin:define_workflow")),
        Step(words=_("Issue a token"), done=any(True for _token in tokens), url="#tokens-title"),
        Step(words=_("Its first call is seen"), done=used),
    ]
