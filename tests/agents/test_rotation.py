"""A token is replaced by another; the old one opens until its overlap is over, and it is told who still uses it."""

from datetime import timedelta

import pytest
from django.db import transaction

from audit.models import AuditEvent
from orchestr.agents import tokens
from orchestr.agents.models import AgentToken, TokenUse
from orchestr.agents.tokens import note_use, revoke_token, rotate_token, token_for
from orchestr.refusal import Refusal
from tests import make

HOUR = timedelta(hours=1)


def rotated(house: make.House, *, overlap: timedelta = HOUR) -> tuple[AgentToken, str]:
    old = AgentToken.objects.get(replaced_by=None)
    with transaction.atomic():
        return rotate_token(token_id=old.pk, overlap=overlap, by=house.people.ada, at=make.now())


def test_both_open_until_the_overlap_is_over(house: make.House) -> None:
    fresh, text = rotated(house)
    at = make.now()
    assert token_for(house.token, at=at) is not None
    assert token_for(text, at=at) is not None
    assert token_for(house.token, at=at + HOUR) is None
    assert token_for(text, at=at + HOUR) is not None
    assert fresh.replaces is not None
    assert fresh.issued_by == house.people.ada.person


def test_without_an_overlap_the_old_one_ends_at_once(house: make.House) -> None:
    rotated(house, overlap=timedelta(0))
    assert token_for(house.token, at=make.now()) is None


def test_an_overlap_never_prolongs_the_old_one(house: make.House) -> None:
    AgentToken.objects.update(expires_at=make.now() + timedelta(minutes=5))
    rotated(house)
    assert token_for(house.token, at=make.now() + timedelta(minutes=6)) is None


def test_the_old_one_can_be_revoked_within_the_overlap(house: make.House) -> None:
    fresh, text = rotated(house)
    assert fresh.replaces_id is not None
    with transaction.atomic():
        revoke_token(token_id=fresh.replaces_id, by=house.people.ada, at=make.now())
    assert token_for(house.token, at=make.now()) is None
    assert token_for(text, at=make.now()) is not None


def test_both_acts_are_on_record(house: make.House) -> None:
    rotated(house)
    assert list(AuditEvent.objects.order_by("id").values_list("action", flat=True))[-2:] == [
        "token.issued",
        "token.rotated",
    ]


@pytest.mark.parametrize(("overlap", "ended", "code"), [(31, False, "token_overlap"), (1, True, "token_ended")])
def test_refuses_a_long_overlap_and_a_token_that_ended(house: make.House, overlap: int, ended: bool, code: str) -> None:
    if ended:
        AgentToken.objects.update(revoked_at=make.now())
    with pytest.raises(Refusal) as refused:
        rotated(house, overlap=timedelta(days=overlap))
    assert refused.value.code == code
    assert AgentToken.objects.count() == 1


def test_it_is_told_from_where_a_token_was_used(house: make.House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "_seen", {})
    token, at = AgentToken.objects.get(), make.now()
    for address, seconds in (("10.0.0.5", 0), ("10.0.0.6", 1), ("10.0.0.5", 30), ("10.0.0.5", 90)):
        note_use(token, address=address, at=at + timedelta(seconds=seconds))
    assert dict(TokenUse.objects.values_list("address", "last_at")) == {
        "10.0.0.5": at + timedelta(seconds=90),
        "10.0.0.6": at + timedelta(seconds=1),
    }
