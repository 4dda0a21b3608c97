"""What lies beside a written value is read before the write and again after it."""

from types import SimpleNamespace
from typing import Any

import pytest
import shelf

from orchestr import failpoints
from orchestr.connectors.base import Address, SystemConfig, SystemUnavailable, Target
from orchestr.execution.writing import beside
from tests import make
from tests.execution.approved import approved, clock_after_window, items, work, work_until_settled


class Died(BaseException):
    """Stands for kill -9: nothing of the worker's own code answers it."""


def test_a_write_that_disturbs_its_neighbour_says_so_by_name_and_never_by_value(house: make.House) -> None:
    shelf.SHELVES["shop"].beside = True
    shelf.SHELVES["shop"].answers = ["yes, and its siblings too"]
    proposal = approved(house)
    work(clock_after_window())
    (item,) = items(proposal)
    assert (item.state, item.outcome_code) == ("applied", "beside_changed")
    assert item.message == "price web-uk GBP"


def test_a_write_that_leaves_its_neighbours_alone_says_nothing_of_them(house: make.House) -> None:
    shelf.SHELVES["shop"].beside = True
    proposal = approved(house)
    work(clock_after_window())
    (item,) = items(proposal)
    assert (item.state, item.outcome_code, item.message) == ("applied", "", "")
    assert shelf.SHELVES["shop"].calls["read"] == 3, "Before together with it, after by themselves."


def test_where_nothing_lies_beside_it_nothing_more_is_read(house: make.House) -> None:
    proposal = approved(house)
    work(clock_after_window())
    (item,) = items(proposal)
    assert (item.state, item.outcome_code) == ("applied", "")
    assert shelf.SHELVES["shop"].calls["read"] == 2


def test_what_cannot_be_read_again_is_said_to_be_unread_not_unchanged(
    house: make.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.SHELVES["shop"].beside = True
    proposal = approved(house)
    real = shelf.ShelfSession.read

    def down_for_the_neighbours(self: shelf.ShelfSession, targets: object) -> object:
        listed = list(targets)  # type: ignore[call-overload]
        if all(one.address.channel == "web-uk" or one.field != "price" for one in listed):
            raise SystemUnavailable("down", "It cannot be reached.")
        return real(self, listed)

    monkeypatch.setattr(shelf.ShelfSession, "read", down_for_the_neighbours)
    work(clock_after_window())
    (item,) = items(proposal)
    assert (item.state, item.outcome_code) == ("applied", "beside_unread")
    assert "price web-uk GBP" in item.message


def test_whoever_settles_it_after_a_worker_died_compares_what_lies_beside_it(
    house: make.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.SHELVES["shop"].beside = True
    shelf.SHELVES["shop"].answers = ["yes, and its siblings too"]
    proposal = approved(house)
    clock = clock_after_window()

    def dies(point: str) -> None:
        if point == "write.answered":
            raise Died

    with monkeypatch.context() as dying:
        dying.setattr(failpoints, "hit", dies)
        with pytest.raises(Died):
            work(clock)
    (item,) = items(proposal)
    assert (item.state, item.around[0]["address"]["channel"]) == ("intended", "web-uk")
    clock.pass_by(20)
    work_until_settled(proposal, clock)
    (item,) = items(proposal)
    assert (item.state, item.outcome_code, item.message) == ("applied", "beside_changed", "price web-uk GBP")


def test_stock_that_moves_while_a_shop_sells_is_not_compared() -> None:
    held: Any = SimpleNamespace(system=SystemConfig(key="shop", kind="shelf", url="", settings={"role": "shop"}))
    stock = Target(type="stock", id="JKT-1", ref="", field="on_hand", address=Address(location="main"))
    price = Target(type="variant", id="JKT-1", ref="", field="price")
    assert beside._compared(held, [stock, price]) == [price]
