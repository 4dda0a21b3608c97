"""Who ordered while a value was live: asked of the systems, bounded, honest about what is not known."""

import threading
from datetime import datetime, timedelta

import pytest
import shelf
from django.db import transaction

from orchestr.catalogue.models import FieldValue
from orchestr.catalogue.orders import NOT_TOLD, Question, orders_since
from orchestr.catalogue.systems import CalledInTransaction
from orchestr.connectors.base import AffectedOrder, Money, SystemUnavailable
from tests import make
from tests.catalogue.test_live import wanted

PRICE = Money.parse(make.money(19_000))


def order(code: str, at: datetime, units: int = 1) -> AffectedOrder:
    return AffectedOrder(code=code, at=at, units=units, unit_price=PRICE)


def test_orders_since_the_value_was_made_come_in_the_order_asked(house: make.House) -> None:
    at = make.now()
    early, late = order("A-1", at - timedelta(hours=2)), order("A-2", at - timedelta(minutes=5))
    shelf.SHELVES["shop"].ordered = {"JKT-1": (early, late)}
    questions = [
        Question(wanted=wanted(house.price(resource)), since=at - timedelta(hours=1))
        for resource in (house.jacket_2, house.jacket)
    ]
    answers = orders_since(questions, until=at)
    assert [(answer.orders, answer.failure) for answer in answers] == [((), ""), ((late,), "")]


def test_a_system_that_reads_no_orders_says_so_and_is_not_asked(house: make.House) -> None:
    cost = FieldValue.objects.select_related("resource").get(resource=house.jacket, field="cost")
    (answer,) = orders_since([Question(wanted=wanted(cost), since=make.now())], until=make.now())
    assert answer.failure == NOT_TOLD
    assert shelf.SHELVES["erp"].calls["orders_affected"] == 0


def test_a_system_that_is_down_is_a_failure_and_no_orders(house: make.House) -> None:
    shelf.SHELVES["shop"].failing = [SystemUnavailable("down", "The shop is down.")]
    question = Question(wanted=wanted(house.price(house.jacket)), since=make.now())
    (answer,) = orders_since([question], until=make.now())
    assert (answer.orders, answer.failure) == ((), "down")


def test_a_system_that_hangs_holds_no_page(house: make.House, monkeypatch: pytest.MonkeyPatch) -> None:
    let_go = threading.Event()
    monkeypatch.setattr(shelf.ShelfSession, "orders_affected", lambda *_args, **_fields: let_go.wait(30) and ())
    question = Question(wanted=wanted(house.price(house.jacket)), since=make.now())
    (answer,) = orders_since([question], until=make.now(), bound_s=0.05)
    let_go.set()
    assert answer.failure == "timed_out"


def test_is_never_asked_inside_a_transaction(house: make.House) -> None:
    question = Question(wanted=wanted(house.price(house.jacket)), since=make.now())
    with transaction.atomic(), pytest.raises(CalledInTransaction):
        orders_since([question], until=make.now())
