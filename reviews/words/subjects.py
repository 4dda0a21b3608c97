"""What a notice or a call is about, by name: the proposal in one sentence, or the system."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from orchestr.catalogue.models import System
from orchestr.proposals.models import Proposal
from reviews.words.titles import intents_of


def subjects_of(abouts: Sequence[Mapping[str, str]], *, seen: Collection[UUID]) -> list[str]:
    """For each of these, in their order; "" for what the viewer may not see (`seen`: the segment sets they may).

    Three queries, however many there are.
    """
    wanted = {about["proposal"] for about in abouts if "proposal" in about}
    rows = Proposal.objects.filter(pk__in=wanted, segment_set__in=seen).select_related("agent", "person", "workflow")
    intents = {str(id): words for id, words in intents_of(list(rows)).items()}
    keys = {about["system"] for about in abouts if "system" in about}
    systems = dict(System.objects.filter(key__in=keys).values_list("key", "name"))
    return [intents.get(about.get("proposal", ""), "") or systems.get(about.get("system", ""), "") for about in abouts]
