"""One card of the on-call board."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.urls import reverse

from orchestr.policy.values import Json
from orchestr.proposals.models import Proposal
from reviews.acts import Act

SHOWN = 20  # of each kind; the card above them says how many more there are


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """One of the things a card is about: its values before and after, and what was seen of it last."""

    title: str
    place: str
    values: str = ""
    seen: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """See the header of templates/reviews/oncall.html."""

    kind: str
    kind_words: str
    tone: str
    shape: str
    id: str
    title: str
    url: str
    since: datetime
    text: str = ""
    per_hour: Json = None
    items: Sequence[Named] = ()
    facts: Sequence[str] = field(default_factory=list)
    runbook: str = ""
    contain: Act | None = None
    freeze_url: str = ""
    act: Act | None = None
    acknowledge: Act | None = None


def freeze_url(proposal: Proposal) -> str:
    """The board's freeze form, with this proposal's workflow chosen."""
    if proposal.workflow is None:
        return ""
    return reverse("reviews:oncall", query={"freeze": f"workflow:{proposal.workflow.key}"}) + "#stop-title"


def runbook_of(proposal: Proposal) -> str:
    """What its workflow says to do."""
    return proposal.workflow.runbook if proposal.workflow else ""
