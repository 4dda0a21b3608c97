"""The demo ERP's connector: what each failure of the ERP becomes, and what it reads."""

from collections.abc import Iterator
from typing import Any

import pytest

from orchestr.connectors.base import (
    Accepted,
    Address,
    Ambiguous,
    Conflict,
    Json,
    NotSent,
    Rejected,
    Session,
    SystemUnavailable,
    Target,
    WriteOutcome,
    WriteRequest,
)
from tests.shops.demo import Server

SKU = "FF-FLC-TINDE-SLT"
FLOOR = Target(type="variant", id=SKU, ref="", field="minimum_price", address=Address(currency="EUR"))


@pytest.fixture
def publisher(erp: Server) -> Iterator[Session]:
    session = erp.open("publish")
    yield session
    session.close()


def eur(amount: int, tax: str = "included") -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR", "exponent": 2, "tax": tax}


def write(session: Session, after: Json, *, key: str) -> WriteOutcome:
    (seen,) = session.read([FLOOR])
    return session.write(
        WriteRequest(target=FLOOR, before=seen.value, after=after, operation_key=key, token=seen.token)
    )


def test_cost_tax_floor_and_lead_time_are_read_by_address(erp: Server, publisher: Session) -> None:
    erp.edit(sku=SKU, field="cost", currency="EUR", value=4_200)
    wanted = [
        ("cost", Address(currency="EUR")),
        ("tax_bp", Address(country="GB")),
        ("tax_class", Address()),
        ("cost", Address(currency="SEK")),
    ]
    seen = publisher.read([Target(type="variant", id=SKU, ref="", field=field, address=at) for field, at in wanted])
    assert [one.value for one in seen] == [eur(4_200, "excluded"), 2_000, "standard", None]
    (days,) = publisher.read([Target(type="variant", id=SKU, ref="", field="lead_time_days")])
    assert type(days.value) is int


def test_a_lost_answer_is_ambiguous_and_posting_again_changes_nothing(erp: Server, publisher: Session) -> None:
    (seen,) = publisher.read([FLOOR])
    request = WriteRequest(target=FLOOR, before=seen.value, after=eur(7_001), operation_key="e:lost", token=seen.token)
    erp.script("lose_answer")
    assert isinstance(publisher.write(request), Ambiguous)
    assert isinstance(publisher.write(request), Accepted)
    assert len(erp.writes("e:lost")) == 1


def test_failures_become_what_they_are(erp: Server, publisher: Session) -> None:
    erp.script("429", ms=3_000)
    limited = write(publisher, eur(7_002), key="e:429")
    assert isinstance(limited, NotSent)
    assert limited.retry_after_s == 3.0
    erp.script("error")
    assert isinstance(write(publisher, eur(7_002), key="e:500"), Ambiguous)
    erp.script("error", status=400)
    assert isinstance(write(publisher, eur(7_002), key="e:400"), Rejected)
    erp.script("error", match="GET *")
    with pytest.raises(SystemUnavailable):
        publisher.read([FLOOR])
    assert erp.get("/_control/script") == []


def test_a_floor_moved_by_somebody_else_is_a_conflict(erp: Server, publisher: Session) -> None:
    (seen,) = publisher.read([FLOOR])
    erp.edit(sku=SKU, field="minimum_price", currency="EUR", value=7_777)
    outcome = publisher.write(
        WriteRequest(target=FLOOR, before=seen.value, after=eur(7_003), operation_key="e:moved", token=seen.token)
    )
    assert isinstance(outcome, Conflict)
    assert outcome.live == eur(7_777)
    assert erp.writes("e:moved") == []


def test_cost_is_not_ours_to_write(erp: Server, publisher: Session) -> None:
    cost = Target(type="variant", id=SKU, ref="", field="cost", address=Address(currency="EUR"))
    (seen,) = publisher.read([cost])
    outcome = publisher.write(
        WriteRequest(target=cost, before=seen.value, after=eur(1, "excluded"), operation_key="e:cost", token=seen.token)
    )
    assert isinstance(outcome, Rejected)
    assert publisher.read([cost])[0].value == seen.value
    assert erp.writes("e:cost") == []
