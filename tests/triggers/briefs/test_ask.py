"""One person asks for a campaign, the one it names approves it; and what either may not."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from audit.models import AuditEvent
from orchestr.people.models import Account, Notice
from orchestr.refusal import Refusal
from orchestr.runs.briefs.models import Brief
from orchestr.triggers.briefs import ask
from tests import make, people
from tests.triggers.briefs.given import approved, asked, wish


def events() -> list[str]:
    return list(AuditEvent.objects.order_by("id").values_list("action", flat=True))


def test_it_waits_for_the_person_it_names_who_is_told(house: make.House) -> None:
    brief = asked(house)
    assert (brief.state, brief.next_at) == ("asked", None)
    assert Notice.objects.get(kind="brief.asked").person_id == house.people.fay.person_id
    assert events() == ["brief.asked"]


def test_approved_it_is_due_at_its_beginning_or_at_once(house: make.House) -> None:
    brief = approved(house)
    assert brief.state == "approved"
    assert brief.next_at is not None
    assert brief.next_at <= make.now()
    later = make.now() + timedelta(days=1)
    assert approved(house, begins_at=later).next_at == later
    assert events() == ["brief.asked", "brief.approved"] * 2


def decide(brief: Brief, by: Account, **more: Any) -> str:
    """The code with which an approval is refused, and proof that nothing else happened."""
    before = AuditEvent.objects.count()
    with pytest.raises(Refusal) as caught, transaction.atomic():
        ask.approve(brief_id=brief.pk, by=by, at=make.now(), **({"digest": brief.digest} | more))
    assert AuditEvent.objects.count() == before
    brief.refresh_from_db()
    return caught.value.code


def test_nobody_but_the_approver_decides(house: make.House) -> None:
    brief = asked(house)
    assert decide(brief, house.people.mia) == "not_its_approver"
    assert decide(brief, house.people.lena) == "not_its_approver"
    assert decide(brief, house.people.marco) == "not_found"
    assert decide(brief, house.people.fay, digest="0" * 64) == "stale_digest"
    people.take(house.people.fay, people.DECIDE, house.apparel)
    assert decide(brief, house.people.fay) == "may_not_decide_here"
    assert brief.state == "asked"


def test_a_decision_is_made_once(house: make.House) -> None:
    brief = asked(house)
    with transaction.atomic():
        ask.decline(brief_id=brief.pk, digest=brief.digest, by=house.people.fay, at=make.now())
    assert decide(brief, house.people.fay) == "brief_decided"
    assert brief.state == "declined"


@pytest.mark.parametrize(
    "fields",
    [
        {"name": " "},
        {"goal": ""},
        {"workflow": "nothing"},
        {"segments": ()},
        {"segments": ("apparel/jackets", "nowhere")},
        {"ends_at": make.now() - timedelta(hours=2)},
        {"ends_at": make.now() + timedelta(days=400)},
        {"cron": "now"},
        {"zone": "Mars/Olympus"},
        {"budget": -1},
        {"deepest_cut_bp": 10_001},
    ],
)
def test_refuses_what_cannot_be(house: make.House, fields: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as caught:
        asked(house, **fields)
    assert caught.value.code == "brief_unusable"
    assert not Brief.objects.exists()


def test_refuses_an_approver_who_may_not_or_is_the_one_who_asks(house: make.House) -> None:
    for who in (house.people.mia, house.people.marco, house.people.omar):
        with pytest.raises(Refusal) as caught:
            asked(house, approver=who.person_id)
        assert caught.value.code == "brief_unusable"


def test_refuses_to_ask_where_one_may_not_decide(house: make.House) -> None:
    with pytest.raises(Refusal) as caught, transaction.atomic():
        ask.ask(wish=wish(house, segments=("outdoor-gear/tents",)), by=house.people.mia, at=make.now())
    assert caught.value.code == "may_not_decide_here"
