"""Evidence: what the server read itself, with hash and expiry; claims are never more than claims."""

from datetime import timedelta
from typing import Any

import pytest
import shelf
from django.db import transaction

from audit.models import AuditEvent
from orchestr.catalogue.models import FieldOwner
from orchestr.catalogue.view import Reader
from orchestr.connectors.base import SystemUnavailable
from orchestr.policy.values import Address, digest
from orchestr.refusal import Refusal
from orchestr.runs.evidence import Bringer, in_wire, record_claimed, record_observed
from orchestr.runs.models import Evidence, Run
from orchestr.runs.reads import Place, Read, read_for_evidence
from tests import make
from tests.runs.operate import finish, start_run

PRICE = Place(type="variant", key="JKT-1", field="price", address=make.DE)
STOCK = Place(type="stock", key="JKT-1", field="on_hand", address=make.HAMBURG)


def reader(house: make.House, *classes: str) -> Reader:
    return Reader(frozenset({house.jackets.pk, house.tents.pk}), frozenset(classes))


def read(house: make.House, *places: Place, classes: tuple[str, ...] = ()) -> Read:
    return read_for_evidence(reader=reader(house, *classes), places=places)


def observe(run: Run, found: Read) -> list[Evidence]:
    with transaction.atomic():
        return record_observed(bringer=Bringer.run(run), read=found, at=make.now())


def test_the_server_reads_hashes_and_dates_the_value_itself(house: make.House) -> None:
    shelf.set_value("shop", "variant", "JKT-1", "price", make.money(17_500), make.DE)
    run = start_run(house)
    (row,) = observe(run, read(house, PRICE))
    assert (row.kind, row.source, row.value) == ("observed", "shop", make.money(17_500))
    assert row.sha256 == digest(make.money(17_500))
    assert row.expires_at - row.observed_at == timedelta(hours=1)
    assert house.price(house.jacket).value == make.money(17_500)
    event = AuditEvent.objects.get(action="evidence.recorded")
    assert (event.data["sha256"], event.segments) == (row.sha256, ["apparel/jackets"])
    assert in_wire([row])[0]["value"] == make.money(17_500)


def test_every_system_that_would_be_written_gives_its_own_evidence(house: make.House) -> None:
    shelf.set_value("shop", "stock", "JKT-1", "on_hand", 38, make.HAMBURG)
    rows = observe(start_run(house), read(house, STOCK))
    assert {row.source: row.value for row in rows} == {"erp": 40, "shop": 38}
    assert {row.expires_at - row.observed_at for row in rows} == {timedelta(minutes=15)}


def test_a_run_remembers_which_segments_it_read(house: make.House) -> None:
    run = start_run(house)
    observe(run, read(house, PRICE))
    observe(run, read(house, Place(type="variant", key="TNT-1", field="price", address=make.DE)))
    run.refresh_from_db()
    assert set(run.touched) == {house.jackets.pk, house.tents.pk}
    assert list(Run.objects.visible_to(house.people.fay)) == [run]
    assert not Run.objects.visible_to(house.people.mia).exists()


@pytest.mark.parametrize(
    "place",
    [
        Place(type="variant", key="BAS-1", field="price", address=make.DE),
        Place(type="variant", key="NO-SUCH", field="price", address=make.DE),
        Place(type="variant", key="JKT-1\0", field="price", address=make.DE),
        Place(type="variant", key="JKT-1", field="colour", address=make.DE),
        Place(type="variant", key="JKT-1", field="price", address=Address(channel="web-fr")),
    ],
)
def test_what_is_not_there_or_out_of_sight_is_absent_and_no_system_is_asked(house: make.House, place: Place) -> None:
    with pytest.raises(Refusal) as caught:
        read(house, place)
    assert caught.value.status == 404
    assert shelf.SHELVES["shop"].calls == {}
    assert shelf.SHELVES["erp"].calls == {}


def test_a_field_whose_class_no_scope_reads_is_refused_with_the_next_step(house: make.House) -> None:
    with pytest.raises(Refusal) as caught:
        read(house, Place(type="variant", key="JKT-1", field="cost", address=Address(currency="EUR")))
    assert (caught.value.status, caught.value.code) == (403, "field_out_of_scope")
    assert "also reads cost" in caught.value.next
    assert shelf.SHELVES["shop"].calls == shelf.SHELVES["erp"].calls == {}


def test_cost_is_read_with_its_class(house: make.House) -> None:
    cost = Place(type="variant", key="JKT-1", field="cost", address=Address(currency="EUR"))
    (row,) = observe(start_run(house), read(house, cost, classes=("cost",)))
    assert row.value == make.money(8_000, tax="excluded")


def test_a_system_that_is_down_gives_no_evidence(house: make.House) -> None:
    shelf.SHELVES["shop"].failing = [SystemUnavailable("down", "The shop is down.")]
    with pytest.raises(Refusal) as caught:
        read(house, PRICE)
    assert (caught.value.status, caught.value.code) == (503, "system_unavailable")
    assert not Evidence.objects.exists()


def test_a_value_that_is_gone_gives_no_evidence(house: make.House) -> None:
    shelf.take("shop", "variant", "JKT-1")
    with pytest.raises(Refusal) as caught:
        read(house, PRICE)
    assert (caught.value.status, caught.value.code) == (409, "value_gone")


def test_a_reading_that_expired_before_it_was_recorded_is_refused(house: make.House) -> None:
    FieldOwner.objects.update(max_age_s=1)
    run, found = start_run(house), read(house, PRICE)
    with pytest.raises(Refusal) as caught, transaction.atomic():
        record_observed(bringer=Bringer.run(run), read=found, at=make.now() + timedelta(seconds=2))
    assert caught.value.code == "reading_expired"
    assert not Evidence.objects.exists()


def test_a_run_that_is_over_gathers_nothing(house: make.House) -> None:
    run = finish(start_run(house))
    found = read(house, PRICE)
    with pytest.raises(Refusal) as caught:
        observe(run, found)
    assert caught.value.code == "not_in_this_state"
    assert not Evidence.objects.exists()


def test_a_person_gathers_evidence_without_a_run(house: make.House) -> None:
    found = read(house, PRICE)
    with transaction.atomic():
        (row,) = record_observed(bringer=Bringer.person(house.people.mia), read=found, at=make.now())
    assert (row.run, row.person) == (None, house.people.mia.person)


def claim(run: Run, **fields: Any) -> Evidence:
    values: dict[str, Any] = {
        "source": "https://example.org/report",
        "observed_at": make.now() - timedelta(hours=1),
        "value": {"rank": 3},
    }
    with transaction.atomic():
        return record_claimed(bringer=Bringer.run(run), at=make.now(), **(values | fields))


def test_a_claim_names_no_field_and_is_as_long_fresh_as_copy(house: make.House) -> None:
    row = claim(start_run(house))
    assert (row.kind, row.resource, row.system, row.field) == ("claimed", None, None, "")
    assert row.expires_at - row.observed_at == timedelta(days=1)


def test_a_claim_brought_late_is_over_when_it_comes(house: make.House) -> None:
    row = claim(start_run(house), observed_at=make.now() - timedelta(days=2))
    assert row.expires_at < row.recorded_at


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"value": {"rank": 1.5}}, "claim_not_exact"),
        ({"value": float("nan")}, "claim_not_exact"),
        ({"value": "x" * 20_001}, "claim_too_large"),
        ({"value": "\0"}, "claim_too_large"),
        ({"source": ""}, "claim_source"),
        ({"source": "two\nlines"}, "claim_source"),
        ({"observed_at": make.now() + timedelta(days=1)}, "claim_from_the_future"),
    ],
)
def test_a_claim_that_cannot_be_held_leaves_nothing(house: make.House, fields: dict[str, Any], code: str) -> None:
    run = start_run(house)
    events = AuditEvent.objects.count()
    with pytest.raises(Refusal) as caught:
        claim(run, **fields)
    assert caught.value.code == code
    assert not Evidence.objects.exists()
    assert AuditEvent.objects.count() == events
