"""What an admin has begun and not finished: one sentence and one address each."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orchestr.agents.models import Agent, Scope
from orchestr.catalogue.models import System
from orchestr.governance.models import ControlChange
from orchestr.people.models import Account
from orchestr.rulebook.models import PolicyVersion
from orchestr.workflows.models import Workflow


@dataclass(frozen=True, slots=True)
class Setup:
    label: str
    text: str
    url: str
    done: bool = False


def setups_of() -> list[Setup]:
    """Only what is open: an empty list means that everything is in place."""
    found: list[Setup] = []
    if not System.objects.filter(enabled=True).exists():
        found.append(Setup(_("Connect a shop"), _("No system is connected, so there is no catalogue."), "/connectors/"))
    if not PolicyVersion.objects.published().exists():
        found.append(Setup(_("Publish a policy"), _("Without one nothing is judged and nothing goes out."), "/policy/"))
    scoped = Scope.objects.filter(revoked_at=None).values("agent_id")
    bare = Agent.objects.filter(retired_at=None).exclude(id__in=scoped).order_by("name")
    found += [
        Setup(_("Give %(who)s a scope") % {"who": agent.name}, _("It can read and propose nothing yet."), "/tools/")
        for agent in bare[:5]
    ]
    idle = Agent.objects.filter(retired_at=None).exclude(id__in=Workflow.objects.values("agent_id")).order_by("name")
    found += [
        Setup(
            _("Give %(who)s a workflow") % {"who": agent.name},
            _("Its work has no goal and no owners yet."),
            "/workflows/",
        )
        for agent in idle[:5]
    ]
    if open_changes := ControlChange.objects.filter(state="requested").count():
        words = ngettext(
            "%(n)d change waits for a second person", "%(n)d changes wait for a second person", open_changes
        )
        found.append(
            Setup(words % {"n": open_changes}, _("It is in force once somebody else confirms it."), "/controls/")
        )
    if not Account.objects.filter(groups__name="oncall", is_active=True).exists():
        found.append(Setup(_("Name somebody on call"), _("Nobody could put anything back."), "/people/"))
    return found
