"""Where else a text stands than in the log: in names, and in what people wrote. Each leads to the events it is about."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.views.written import proposals_saying
from orchestr.agents.models import Agent
from orchestr.people.models import Person
from orchestr.workflows.models import Workflow

if TYPE_CHECKING:
    from orchestr.people.models import Account

MOST = 5  # of each sort of name


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """One thing that a text is called by or stands in, in words, and where its events are."""

    words: str
    url: str


def elsewhere(text: str, *, by: "Account", before: datetime) -> list[Elsewhere]:
    """Persons, agents and workflows with this in their name, and what people wrote on proposals that `by` may see."""
    named = (
        ("person", _("Person: %(name)s"), Person.objects.filter(erased_at=None)),
        ("agent", _("Agent: %(name)s"), Agent.objects.all()),
        ("workflow", _("Workflow: %(name)s"), Workflow.objects.all()),
    )
    found = [
        Elsewhere(words % {"name": name}, reverse("audit:explorer", query={kind: str(id)}))
        for kind, words, rows in named
        for id, name in rows.filter(name__icontains=text).order_by("name", "id").values_list("id", "name")[:MOST]
    ]
    if count := len(proposals_saying(text, by=by, before=before)):
        words = ngettext(
            "What people wrote on %(count)d proposal", "What people wrote on %(count)d proposals", count
        ) % {"count": count}
        found.append(Elsewhere(words, reverse("audit:explorer", query={"written": text})))
    return found
