"""An incident is closed by two people, and its evidence let go then or by its date."""

from datetime import timedelta

import pytest
from django.db import transaction

from audit.models import AuditEvent
from orchestr.execution.incidents.closing import request_close
from orchestr.execution.incidents.holds import release_due
from orchestr.execution.incidents.incident import review
from orchestr.execution.incidents.models import EvidenceHold
from orchestr.execution.models import Incident
from orchestr.governance import control
from orchestr.refusal import Refusal
from tests import make
from tests.execution.approved import clock_after_window, work
from tests.execution.test_containment import SAID, act
from tests.execution.test_revert import published


@pytest.fixture
def incident(house: make.House) -> Incident:
    """Contained by Omar, put back, reviewed by Olga."""
    found = act(house, published(house), house.people.omar).incident
    work(clock_after_window())
    with transaction.atomic():
        review(incident_id=found.pk, **SAID, by=house.people.olga, at=make.now())
    found.refresh_from_db()
    return found


def released() -> list[tuple[int, str]]:
    rows = AuditEvent.objects.filter(action="incident.released_evidence").order_by("id")
    return [(data["count"], data["reason"]) for data in rows.values_list("data", flat=True)]


def ask(house: make.House, incident: Incident, who: str = "omar") -> object:
    return request_close(incident_id=incident.pk, reason="It is over.", by=getattr(house.people, who), at=make.now())


def test_two_people_close_it_and_its_evidence_is_let_go(house: make.House, incident: Incident) -> None:
    held = EvidenceHold.objects.filter(incident=incident).count()
    assert held > 0
    asked = request_close(incident_id=incident.pk, reason="It is over.", by=house.people.omar, at=make.now())
    assert (EvidenceHold.objects.count(), released()) == (held, [])
    with pytest.raises(Refusal) as caught:
        control.confirm(change_id=asked.pk, digest=asked.digest, by=house.people.omar, at=make.now())
    assert (caught.value.code, EvidenceHold.objects.count()) == ("own_request", held)
    at = make.now()
    control.confirm(change_id=asked.pk, digest=asked.digest, by=house.people.olga, at=at)
    incident.refresh_from_db()
    assert (incident.closed_at, incident.closed_by, incident.hold_until) == (at, house.people.olga.person, None)
    assert (EvidenceHold.objects.count(), released()) == (0, [(held, "closed")])
    with pytest.raises(Refusal) as caught:
        ask(house, incident)
    assert caught.value.code == "already_closed"


def test_refuses_to_close_what_nobody_has_reviewed_or_what_is_still_put_back(house: make.House) -> None:
    found = act(house, published(house), house.people.omar).incident
    with pytest.raises(Refusal) as caught:
        ask(house, found)
    assert caught.value.code == "not_reviewed"
    with transaction.atomic():
        review(incident_id=found.pk, **SAID, by=house.people.olga, at=make.now())
    with pytest.raises(Refusal) as caught:
        ask(house, found)
    assert caught.value.code == "still_open"


@pytest.mark.parametrize("who", ["mia", "fay", "aud"])
def test_refuses_whoever_is_neither_on_call_nor_admin(house: make.House, incident: Incident, who: str) -> None:
    with pytest.raises(Refusal) as caught:
        ask(house, incident, who)
    assert caught.value.code == "not_found"


def test_by_its_date_it_is_let_go_once_and_on_record(house: make.House, incident: Incident) -> None:
    held = EvidenceHold.objects.count()
    assert incident.hold_until is not None
    assert incident.hold_until - incident.opened_at == timedelta(days=365)
    assert release_due(at=incident.hold_until - timedelta(seconds=1)) == 0
    assert EvidenceHold.objects.count() == held
    assert release_due(at=incident.hold_until) == 1
    assert release_due(at=incident.hold_until) == 0
    assert (EvidenceHold.objects.count(), released()) == (0, [(held, "date")])


def test_what_another_incident_keeps_stays_kept(house: make.House, incident: Incident) -> None:
    other = Incident.objects.create(
        proposal=incident.proposal, title_code="contained", why="Again.", opened_at=make.now(), review_due_at=make.now()
    )
    piece = EvidenceHold.objects.filter(incident=incident).first()
    assert piece is not None
    EvidenceHold.objects.create(incident=other, evidence=piece.evidence, at=make.now())
    assert incident.hold_until is not None
    release_due(at=incident.hold_until)
    assert list(EvidenceHold.objects.values_list("incident", flat=True)) == [other.pk]
