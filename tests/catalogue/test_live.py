"""Live reads: bounded, kept, honest about what did not answer."""

import threading

import pytest
import shelf

from orchestr.catalogue.live import READERS, Reading, Wanted, read_now
from orchestr.catalogue.models import FieldValue, ValueHistory
from orchestr.catalogue.systems import CalledInTransaction
from orchestr.connectors.base import SystemUnavailable
from orchestr.policy.values import Address
from tests import make


def wanted(value: FieldValue) -> Wanted:
    return Wanted(
        resource_id=value.resource_id,
        type=value.resource.type,
        key=value.resource.key,
        system_id=value.system_id,
        field=value.field,
        address=Address.parse(value.address),
        kind=value.kind,  # type: ignore[arg-type]
    )


def test_what_is_read_is_kept_with_its_history(house: make.House) -> None:
    shelf.set_value("shop", "variant", "JKT-1", "price", make.money(17_000), make.DE)
    (reading,) = read_now([wanted(house.price(house.jacket))])
    assert (reading.value, reading.failure) == (make.money(17_000), "")
    stored = house.price(house.jacket)
    assert (stored.value, stored.observed_at) == (make.money(17_000), reading.observed_at)
    assert ValueHistory.objects.filter(field="price", cause="observed").count() == 1


def test_one_system_that_is_down_leaves_the_other_readings(house: make.House) -> None:
    cost = FieldValue.objects.select_related("resource").get(resource=house.jacket, field="cost")
    shelf.SHELVES["erp"].failing = [SystemUnavailable("down", "The ERP is down.")]
    readings = read_now([wanted(cost), wanted(house.price(house.jacket))])
    assert [(reading.failure, reading.value) for reading in readings] == [("down", None), ("", make.money(20_000))]
    assert FieldValue.objects.get(pk=cost.pk).value == cost.value


def test_a_system_that_does_not_answer_in_time_is_a_degraded_reading(
    house: make.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = threading.Event()
    monkeypatch.setattr(shelf.ShelfSession, "read", lambda self, targets: answers.wait(10) and ())
    (reading,) = read_now([wanted(house.price(house.jacket))], bound_s=0.05)
    answers.set()
    assert reading == Reading(wanted=reading.wanted, failure="timed_out")
    assert house.price(house.jacket).value == make.money(20_000)


def test_a_system_that_hangs_makes_nobody_else_wait(house: make.House, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = threading.Event()
    whole = shelf.ShelfSession.read

    def hangs(self: shelf.ShelfSession, targets: object) -> object:
        if self.system.key == "erp":
            answers.wait(20)
        return whole(self, targets)  # type: ignore[arg-type]

    monkeypatch.setattr(shelf.ShelfSession, "read", hangs)
    cost = FieldValue.objects.select_related("resource").get(resource=house.jacket, field="cost")
    stuck = [read_now([wanted(cost)], bound_s=0.01)[0].failure for _ in range(READERS + 4)]
    (reading,) = read_now([wanted(house.price(house.jacket))], bound_s=5)
    answers.set()
    assert stuck == ["timed_out"] * (READERS + 4)
    assert (reading.failure, reading.value) == ("", make.money(20_000))


def test_a_value_that_is_gone_is_read_as_none_and_forgotten(house: make.House) -> None:
    price = house.price(house.jacket)
    shelf.take("shop", "variant", "JKT-1")
    (reading,) = read_now([wanted(price)])
    assert (reading.value, reading.failure) == (None, "")
    assert not FieldValue.objects.filter(pk=price.pk).exists()


def test_no_system_is_called_inside_a_transaction(committed: object, shelves: None) -> None:
    from django.db import transaction

    house = make.house()
    with transaction.atomic(), pytest.raises(CalledInTransaction):
        read_now([wanted(house.price(house.jacket))])
    assert shelf.SHELVES["shop"].calls == {}
