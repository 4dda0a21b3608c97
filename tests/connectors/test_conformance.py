"""The suite finds connectors that lie: each test hands it one that is wrong in one way."""

import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from orchestr.connectors import schemas
from orchestr.connectors.base import (
    Accepted,
    Address,
    CataloguePage,
    Conflict,
    Declaration,
    FieldDeclaration,
    FieldSnapshot,
    Json,
    Observed,
    Rejected,
    ResourceSnapshot,
    SegmentSnapshot,
    Session,
    Stage,
    Target,
    Tool,
    WriteOutcome,
    WriteRequest,
    Writes,
)
from orchestr.connectors.conformance import Conformance, Example
from orchestr.connectors.conformance.proxy import LosingProxy
from orchestr.connectors.conformance.subject import Shelf, sweep, target_of

WEB = Address(channel="web", currency="EUR")
OLD: Json = {"amount": 1990, "currency": "EUR", "exponent": 2, "tax": "included"}
NEW: Json = {**OLD, "amount": 1890}


class Honest(Session):
    """A shop in a dict, as the protocol asks."""

    def __init__(self, prices: dict[str, Json], stage: Stage = "publish") -> None:
        self.prices, self.stage = prices, stage

    def read_catalogue(
        self, *, cursor: str | None = None, updated_since: Any = None, limit: int = 100
    ) -> CataloguePage:
        resources = tuple(
            ResourceSnapshot(
                type="variant",
                id=sku,
                ref=sku,
                title=sku,
                sku=sku,
                segments=("all",),
                fields=(FieldSnapshot(field="price", value=price, kind="money", address=WEB),),
            )
            for sku, price in sorted(self.prices.items())
        )
        return CataloguePage(resources=resources, segments=(SegmentSnapshot(key="all", name="All"),))

    def read(self, targets: Sequence[Target]) -> tuple[Observed, ...]:
        return tuple(Observed(target=one, value=self.prices.get(one.id)) for one in targets)

    def write(self, request: WriteRequest) -> WriteOutcome:
        if self.stage != "publish" or request.target.field != "price":
            return Rejected(code="no")
        if not isinstance(request.after, dict) or request.after["amount"] < 0 or request.after["currency"] != "EUR":
            return Rejected(code="nonsense")
        if self.prices[request.target.id] != request.before:
            return Conflict(live=self.prices[request.target.id])
        self.prices[request.target.id] = request.after
        return Accepted()

    def siblings(self, target: Target) -> tuple[Target, ...]:
        return tuple(replace(target, id=sku, ref=sku) for sku in sorted(self.prices) if sku != target.id)

    def close(self) -> None:
        pass


class AcceptsWithoutWriting(Honest):
    def write(self, request: WriteRequest) -> WriteOutcome:
        return Accepted()


class OverwritesSilently(Honest):
    def write(self, request: WriteRequest) -> WriteOutcome:
        self.prices[request.target.id] = request.after
        return Accepted()


class DisturbsTheNeighbour(Honest):
    def write(self, request: WriteRequest) -> WriteOutcome:
        self.prices["B"] = {**OLD, "amount": self.prices["B"]["amount"] + 1}
        return super().write(request)


class WritesWhileReading(Honest):
    def write(self, request: WriteRequest) -> WriteOutcome:
        self.stage = "publish"
        return super().write(request)


class GoesRound(Honest):
    def read_catalogue(self, **given: Any) -> CataloguePage:
        return replace(super().read_catalogue(), next_cursor="again")


class AnswersOutOfOrder(Honest):
    def read(self, targets: Sequence[Target]) -> tuple[Observed, ...]:
        return super().read(targets)[::-1]


class InventsValues(Honest):
    def read(self, targets: Sequence[Target]) -> tuple[Observed, ...]:
        return tuple(Observed(target=one, value=self.prices.get(one.id, OLD)) for one in targets)


def shop(kind: type[Honest], stage: Stage = "publish") -> tuple[Honest, Example, Shelf]:
    session = kind({"A": OLD, "B": OLD}, stage)
    shelf = sweep(Honest(session.prices))
    target = target_of(shelf.resources[0], shelf.resources[0].fields[0])
    return session, Example(target=target, before=OLD, after=NEW), shelf


DECLARED = Declaration(kind="dict", title="Dict", tools=(), fields=(), settle_after=timedelta(seconds=5))


class Held:
    """As much of a Subject as these tests of the suite look at."""

    def __init__(self, session: Session | None = None, declaration: Declaration | None = None) -> None:
        self.session, self.declaration, self.timeout_s = session, declaration, 1.0

    def open(self, stage: Stage) -> Session:
        assert self.session is not None
        return self.session


SUITE: Any = Conformance()

Run = Callable[[Honest, Example, Shelf], None]
RUNS: dict[str, Run] = {
    "there_and_back": lambda s, e, _: SUITE.test_a_value_goes_there_and_back([e], s, s),
    "siblings": lambda s, e, _: SUITE.test_siblings_are_named_and_left_alone([e], s, s),
    "conflict": lambda s, e, _: SUITE.test_a_value_that_moved_is_a_conflict([e], s, s, Held(s)),
    "no_token": lambda s, e, _: SUITE.test_a_conflict_is_found_without_a_token_too([e], s),
    "below": lambda s, e, _: SUITE.test_amounts_and_counts_below_nothing_are_refused([e], s, s),
    "currency": lambda s, e, _: SUITE.test_another_currency_is_refused([e], s, s),
    "order": lambda s, _, shelf: SUITE.test_live_values_come_in_the_order_asked(shelf, s),
    "absent": lambda s, _, shelf: SUITE.test_what_does_not_exist_has_no_value(shelf, s),
    "ends": lambda s, _, shelf: SUITE.test_two_sweeps_name_the_same_resources(shelf, s),
}


@pytest.mark.parametrize("run", sorted(RUNS))
def test_an_honest_connector_passes(run: str) -> None:
    RUNS[run](*shop(Honest))


@pytest.mark.parametrize(
    ("kind", "run", "says"),
    [
        (AcceptsWithoutWriting, "there_and_back", "was accepted, not written"),
        (DisturbsTheNeighbour, "siblings", "changed something else"),
        (OverwritesSilently, "conflict", "expected Conflict"),
        (OverwritesSilently, "no_token", "`before` was wrong"),
        (OverwritesSilently, "below", "was not refused"),
        (OverwritesSilently, "currency", "was not refused"),
        (AnswersOutOfOrder, "order", "in the order asked"),
        (InventsValues, "absent", "does not exist reads as None"),
        (GoesRound, "ends", "goes round in a circle"),
    ],
)
def test_a_connector_that_lies_is_told_how(kind: type[Honest], run: str, says: str) -> None:
    with pytest.raises(AssertionError, match=says):
        RUNS[run](*shop(kind))


def test_a_reading_session_that_writes_is_found() -> None:
    session, example, _ = shop(WritesWhileReading, "read")
    with pytest.raises(AssertionError, match="opened to read"):
        SUITE.test_a_session_for_reading_writes_nothing([example], session)


def test_a_resource_in_no_segment_is_found() -> None:
    page = Honest({"A": OLD}).read_catalogue()
    lost = Shelf(pages=(replace(page, resources=tuple(replace(one, segments=()) for one in page.resources)),))
    with pytest.raises(AssertionError, match="lies in no segment"):
        SUITE.test_every_resource_lies_in_a_known_segment(Held(declaration=DECLARED), lost)


def test_a_value_that_comes_twice_is_found() -> None:
    page = Honest({"A": OLD}).read_catalogue()
    with pytest.raises(AssertionError, match="more than once"):
        SUITE.test_each_value_comes_once_in_a_sweep(Shelf(pages=(page, page)))


def test_a_writable_field_without_a_tool_is_found() -> None:
    price = FieldDeclaration(type="variant", field="price", kind="money", freshness="price", writable=True)
    tool = Tool(
        name="set_price",
        title="Set the price",
        action_class="publish",
        writes=(Writes("variant", "price"),),
        input_schema=schemas.EMPTY,
        output_schema=schemas.WRITTEN,
    )
    whole = Declaration(kind="dict", title="Dict", tools=(tool,), fields=(price,), settle_after=timedelta(seconds=5))
    SUITE.test_every_writable_field_has_exactly_one_publishing_tool(Held(declaration=whole))
    for tools in ((), (tool, replace(tool, name="set_it_too"))):
        with pytest.raises(AssertionError, match=r"variant\.price"):
            SUITE.test_every_writable_field_has_exactly_one_publishing_tool(
                Held(declaration=replace(whole, tools=tools))
            )


def test_the_proxy_passes_every_request_on_and_loses_the_later_answers() -> None:
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def echo() -> None:
            client, _ = listener.accept()
            with client:
                while chunk := client.recv(100):
                    heard.append(chunk)
                    client.sendall(chunk)

        thread = threading.Thread(target=echo, daemon=True)
        thread.start()
        with (
            LosingProxy(host="127.0.0.1", port=listener.getsockname()[1], answered=1) as proxy,
            socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as client,
        ):
            client.sendall(b"one")
            assert client.recv(100) == b"one"
            client.sendall(b"two")
            assert client.recv(100) == b""
        thread.join(5)
    assert heard == [b"one", b"two"]
