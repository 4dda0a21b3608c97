"""The rollback owner is absent: an incident is opened about a bad set of the drill, and that person does not answer.

Nobody is kept from answering: whoever plays absent has been told to. The calls go on as in any other incident.
"""

from orchestr.drills.agent import BY, MARK
from orchestr.drills.expect import Answer, Expectation, met, not_met, not_yet
from orchestr.drills.models import Drill
from orchestr.drills.scenarios.base import Clock, Scenario
from orchestr.drills.scenarios.wrong_prices import propose_a_tenth
from orchestr.drills.seen import Fact, Seen
from orchestr.drills.step import step
from orchestr.execution.incidents.incident import CONTAINED, call_people, open_incident
from orchestr.people.models import Person


def open_one(drill: Drill, clock: Clock) -> bool:
    """An incident about the drill's set; the people who answer for the workflow are called."""
    with step(drill) as locked:
        at = clock()
        proposal = locked.proposals.select_related("workflow", "segment_set").get()
        incident = open_incident(
            proposal=proposal, code="drill", why=f"{MARK} The rollback owner plays absent.", by=BY, at=at
        )
        call_people(incident, kind=CONTAINED, by=BY, at=at)
    return True


def called(seen: Seen) -> Answer:
    calls = seen.all("page.called")
    if not calls:
        return not_yet()
    first = calls[0]
    if _called(first) == str(seen.drill.workflow.rollback_owner_id):
        return met("owner_called", first, person=_name(_called(first)))
    return not_met("owner_not_called", first, person=_name(_called(first)))


def went_on(seen: Seen) -> Answer:
    calls = seen.all("page.called")
    if len(calls) > 1:
        return met("next_called", calls[1], person=_name(_called(calls[1])))
    if (answered := seen.first("page.answered")) is not None:
        return not_met("answered_by_owner", answered)
    exhausted = seen.first("page.exhausted")
    return not_yet() if exhausted is None else not_met("nobody_left", exhausted)


def answered(seen: Seen) -> Answer:
    fact = seen.first("page.answered")
    if fact is None:
        exhausted = seen.first("page.exhausted")
        return not_yet("waiting_for_people") if exhausted is None else not_met("nobody_left", exhausted)
    if fact.by == str(seen.drill.workflow.rollback_owner_id):
        return not_met("answered_by_owner", fact)
    return met("answered_by_other", fact, person=_name(fact.by))


def _called(fact: Fact) -> str:
    return str(fact.about.get("person", ""))


def _name(person_id: str) -> str:
    return Person.objects.filter(pk=person_id).values_list("name", flat=True).first() or person_id


OWNER_ABSENT = Scenario(
    name="owner_absent",
    kinds=frozenset({"money"}),
    acts=(propose_a_tenth, open_one),
    expectations=(
        Expectation("called", called),
        Expectation("went_on", went_on),
        Expectation("answered", answered),
    ),
)
