"""What somebody looks for to hold it: proposals by their id, proposer or segment, and people, by their names."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from orchestr.agents.models import Agent
from orchestr.catalogue.models import Segment, SegmentSet
from orchestr.catalogue.tree import with_descendants
from orchestr.keeping.models import LegalHold
from orchestr.people.eligibility import segment_sets_with
from orchestr.people.models import Account, Person
from orchestr.proposals.models import Proposal
from reviews.words.titles import intents_of, proposer_of

MOST = 12
LONGEST = 80


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that may be held: `target` as the operation takes it, what it is called, and what tells it from others."""

    target: str
    title: str
    told: str
    url: str = ""
    state: str = ""
    held: bool = False


def choices_for(asked: str, *, by: Account) -> list[Choice]:
    """People and proposals that this person may see and that fit the words, the newest proposals first.

    A fixed number of queries. Words are looked for in names of people, agents and segments; a whole id finds its own.
    """
    words = asked.strip()[:LONGEST]
    if not words:
        return []
    people = _people(words)
    proposals = _proposals(words, by)
    held = set(LegalHold.objects.filter(lifted_at=None).values_list("kind", "key"))
    titles = intents_of(proposals)
    found = [
        Choice(
            f"person:{person.pk}", person.name, ", ".join(sorted(each.username for each in person.accounts.all())),
            held=("person", str(person.pk)) in held,
        )
        for person in people
    ]  # fmt: skip
    found += [
        Choice(
            f"proposal:{row.pk}",
            titles.get(row.pk, ""),
            _("by %(name)s") % {"name": proposer_of(row)},
            f"/reviews/{row.pk}/",
            row.state,
            ("proposal", str(row.pk)) in held,
        )
        for row in proposals
    ]
    return found


def named(holds: Sequence[LegalHold], *, by: Account) -> dict[UUID, str]:
    """What each of these holds covers, by name: two queries and the titles. What may not be seen keeps its id alone."""
    keys = {kind: [row.key for row in holds if row.kind == kind] for kind in ("person", "proposal")}
    people = {str(id): name for id, name in Person.objects.filter(pk__in=keys["person"]).values_list("pk", "name")}
    shown = list(Proposal.objects.visible_to(by).filter(pk__in=keys["proposal"]).select_related("segment_set"))
    titles = {str(id): title for id, title in intents_of(shown).items()}
    names = people | titles
    return {row.pk: names[row.key] for row in holds if row.key in names}


def _people(words: str) -> list[Person]:
    fits = Q(name__icontains=words) | Q(accounts__username__icontains=words)
    if (id := _id(words)) is not None:
        fits |= Q(pk=id)
    found = Person.objects.filter(fits, erased_at=None, accounts__isnull=False).distinct()
    return list(found.order_by("name", "pk").prefetch_related("accounts")[:MOST])


def _proposals(words: str, by: Account) -> list[Proposal]:
    seen = segment_sets_with(by, "view_segment")
    rows = Proposal.objects.filter(segment_set_id__in=seen).select_related("agent", "person", "segment_set")
    if (id := _id(words)) is not None:
        return list(rows.filter(pk=id))
    agents = Agent.objects.filter(Q(name__icontains=words) | Q(key__icontains=words)).values_list("pk", flat=True)
    people = Person.objects.filter(name__icontains=words, erased_at=None).values_list("pk", flat=True)
    named = Segment.objects.filter(Q(name__icontains=words) | Q(key__icontains=words)).values_list("pk", flat=True)
    below = list(with_descendants(named))
    sets = SegmentSet.objects.filter(id__in=seen, segment_ids__overlap=below) if below else SegmentSet.objects.none()
    fits = (
        Q(agent_id__in=list(agents))
        | Q(person_id__in=list(people))
        | Q(segment_set_id__in=list(sets.values_list("pk", flat=True)))
    )
    return list(rows.filter(fits).order_by("-pk")[:MOST])


def _id(words: str) -> UUID | None:
    try:
        return UUID(words.rpartition(":")[2])
    except ValueError:
        return None
