"""The Tryton connector: compare tokens, posted documents, sessions that end, and how a real Tryton fails."""

import os
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from demo.tryton.furnish import count_stock
from demo.tryton.rpc import Rpc, decimal
from demo.tryton.serve import Tryton
from orchestr.connectors.base import (
    Accepted,
    Address,
    Ambiguous,
    Conflict,
    Credentials,
    Json,
    NotSent,
    Rejected,
    Session,
    SystemConfig,
    SystemRefused,
    Target,
    WriteOutcome,
    WriteRequest,
)
from orchestr.connectors.tryton import CONNECTOR
from orchestr.connectors.tryton.post import note

pytestmark = [pytest.mark.shop, pytest.mark.slow]

LAPTOP = "L2201308"
SIBLING = "L2201508"  # of the same product
PRICE = Target(type="variant", id=LAPTOP, ref="", field="list_price", address=Address(currency="EUR"))
STOCK = Target(type="stock", id=LAPTOP, ref="", field="on_hand", address=Address(location="hamburg"))


@pytest.fixture
def publisher(tryton_system: SystemConfig, tryton_credentials: dict[str, Credentials]) -> Iterator[Session]:
    session = CONNECTOR.open(tryton_system, tryton_credentials["publish"], "publish")
    yield session
    session.close()


def euros(amount: int, exponent: int = 2) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR", "exponent": exponent, "tax": "excluded"}


def write(
    session: Session, target: Target, before: Json, after: Json, *, key: str, token: str = "", timeout_s: float = 10.0
) -> WriteOutcome:
    return session.write(
        WriteRequest(target=target, before=before, after=after, operation_key=key, token=token, timeout_s=timeout_s)
    )


def live(session: Session, target: Target) -> tuple[Any, str]:
    (seen,) = session.read([target])
    return seen.value, seen.token


def product(bookkeeper: Rpc, sku: str = LAPTOP) -> int:
    (found,) = bookkeeper.call("product.product.search", [["code", "=", sku]], 0, 1, None)
    return int(found)


def documents(bookkeeper: Rpc, key: str) -> list[str]:
    """The states of the inventories that carry this operation key."""
    notes = bookkeeper.call("ir.note.search_read", [["message", "=", note(key)]], 0, None, None, ["resource"])
    ids = [int(each["resource"].rpartition(",")[2]) for each in notes]
    return [row["state"] for row in bookkeeper.call("stock.inventory.read", ids, ["state"])] if ids else []


def moves(bookkeeper: Rpc) -> int:
    return int(bookkeeper.call("stock.move.search_count", [["product", "=", product(bookkeeper)]], 0, None))


def test_a_stale_token_is_refused_by_tryton_and_the_value_decides(publisher: Session, bookkeeper: Rpc) -> None:
    before, token = live(publisher, PRICE)
    price = {"list_price": decimal("1250.00")}
    bookkeeper.call("product.product.write", [product(bookkeeper)], price, context={"company": 1})
    outcome = write(publisher, PRICE, before, euros(120_000), key="t:stale", token=token)
    assert isinstance(outcome, Conflict)
    assert outcome.live == euros(125_000)
    assert live(publisher, PRICE)[0] == euros(125_000)


def test_a_token_that_something_else_used_up_costs_one_more_try(publisher: Session, bookkeeper: Rpc) -> None:
    before, token = live(publisher, PRICE)
    bookkeeper.call("product.product.write", [product(bookkeeper)], {"position": 7}, context={"company": 1})
    outcome = write(publisher, PRICE, before, euros(119_000), key="t:other", token=token)
    assert isinstance(outcome, Accepted)
    assert live(publisher, PRICE)[0] == euros(119_000)


def test_between_the_look_and_the_write_tryton_itself_compares(
    publisher: Session, bookkeeper: Rpc, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody edits after our last read and before our write: the write that is sent is refused."""
    before, _ = live(publisher, PRICE)
    sent: list[str] = []
    original = publisher._client.call  # type: ignore[attr-defined]

    def edit_first(method: str, *arguments: Json, **more: Any) -> Json:
        if method == "model.product.template.write" and not sent:
            sent.append(method)
            price = {"list_price": decimal("1111.00")}
            bookkeeper.call("product.product.write", [product(bookkeeper)], price, context={"company": 1})
        return original(method, *arguments, **more)

    monkeypatch.setattr(publisher._client, "call", edit_first)  # type: ignore[attr-defined]
    outcome = write(publisher, PRICE, before, euros(118_000), key="t:between")
    assert sent
    assert isinstance(outcome, Conflict)
    assert outcome.live == euros(111_100)


def test_a_variant_gets_a_price_of_its_own_and_its_siblings_keep_theirs(publisher: Session, bookkeeper: Rpc) -> None:
    sibling = Target(type="variant", id=SIBLING, ref="", field="list_price", address=Address(currency="EUR"))
    kept, _ = live(publisher, sibling)
    before, token = live(publisher, PRICE)
    assert isinstance(write(publisher, PRICE, before, euros(129_900), key="t:own", token=token), Accepted)
    assert (live(publisher, PRICE)[0], live(publisher, sibling)[0]) == (euros(129_900), kept)


def test_finer_amounts_are_read_exactly_and_have_one_spelling(publisher: Session, bookkeeper: Rpc) -> None:
    fine = {"list_price": decimal("1299.0725")}
    bookkeeper.call("product.product.write", [product(bookkeeper)], fine, context={"company": 1})
    before, token = live(publisher, PRICE)
    assert before == euros(12_990_725, 4)
    two_spellings = write(publisher, PRICE, before, euros(12_990_000, 4), key="t:spelling", token=token)
    assert isinstance(two_spellings, Rejected)
    assert two_spellings.code == "wrong_exponent"
    assert isinstance(write(publisher, PRICE, before, euros(129_900), key="t:fine", token=token), Accepted)


def test_a_count_is_posted_as_one_document_and_its_counter_document_stays_beside_it(
    publisher: Session, bookkeeper: Rpc
) -> None:
    before, _ = live(publisher, STOCK)
    posted = moves(bookkeeper)
    assert isinstance(write(publisher, STOCK, before, before + 5, key="t:count"), Accepted)
    assert live(publisher, STOCK)[0] == before + 5
    assert isinstance(write(publisher, STOCK, before + 5, before, key="t:counter"), Accepted)
    assert live(publisher, STOCK)[0] == before
    assert (documents(bookkeeper, "t:count"), documents(bookkeeper, "t:counter")) == (["done"], ["done"])
    assert moves(bookkeeper) == posted + 2


def test_the_same_operation_key_posts_once(publisher: Session, bookkeeper: Rpc) -> None:
    before, _ = live(publisher, STOCK)
    posted = moves(bookkeeper)
    for _ in range(3):
        assert isinstance(write(publisher, STOCK, before, before + 2, key="t:once"), Accepted)
    assert (live(publisher, STOCK)[0], moves(bookkeeper)) == (before + 2, posted + 1)
    assert documents(bookkeeper, "t:once") == ["done"]


def test_a_document_left_as_a_draft_is_the_one_that_is_confirmed(
    publisher: Session, bookkeeper: Rpc, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process died, or the server vanished, between writing the document and confirming it."""
    before, _ = live(publisher, STOCK)
    with monkeypatch.context() as patched:
        patched.setattr("orchestr.connectors.tryton.post._confirm", lambda *_: NotSent(reason="died here"))
        assert isinstance(write(publisher, STOCK, before, before + 3, key="t:draft"), NotSent)
    assert (live(publisher, STOCK)[0], documents(bookkeeper, "t:draft")) == (before, ["draft"])
    assert isinstance(write(publisher, STOCK, before, before + 3, key="t:draft"), Accepted)
    assert (live(publisher, STOCK)[0], documents(bookkeeper, "t:draft")) == (before + 3, ["done"])


def test_a_count_that_moved_is_a_conflict_and_its_document_is_cancelled(publisher: Session, bookkeeper: Rpc) -> None:
    before, _ = live(publisher, STOCK)
    outcome = write(publisher, STOCK, before + 1, before + 9, key="t:moved")
    assert outcome == Conflict(live=before)
    assert (live(publisher, STOCK)[0], documents(bookkeeper, "t:moved")) == (before, ["cancelled"])


def test_a_session_that_ended_in_the_middle_of_a_write_is_opened_again_and_nothing_is_doubled(
    publisher: Session, bookkeeper: Rpc, tryton: Tryton, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, _ = live(publisher, STOCK)
    posted = moves(bookkeeper)
    ended: list[str] = []
    original = publisher._client._post  # type: ignore[attr-defined]

    def log_out_first(method: str, parameters: list[Json], headers: dict[str, str], deadline: float) -> Any:
        if method == "model.stock.inventory.confirm" and not ended:
            ended.append(method)
            original("common.db.logout", [], headers, deadline)
        return original(method, parameters, headers, deadline)

    monkeypatch.setattr(publisher._client, "_post", log_out_first)  # type: ignore[attr-defined]
    assert isinstance(write(publisher, STOCK, before, before + 1, key="t:session"), Accepted)
    assert ended
    assert (live(publisher, STOCK)[0], moves(bookkeeper)) == (before + 1, posted + 1)


def test_a_wrong_password_is_a_refusal_and_not_tried_again(tryton_system: SystemConfig) -> None:
    wrong = Credentials(system="tryton", purpose="publish", secrets={"username": "nobody", "password": "wrong"})
    session = CONNECTOR.open(tryton_system, wrong, "publish")
    outcome = write(session, PRICE, euros(1), euros(2), key="t:wrong")
    assert isinstance(outcome, Rejected)
    assert outcome.code == "sign_in_refused"
    with pytest.raises(SystemRefused):
        session.read([PRICE])


def test_the_publishing_user_cannot_touch_people_or_settings(tryton: Tryton, tryton_credentials: Any) -> None:
    secret = tryton_credentials["publish"]
    own = Rpc(tryton.url, secret["username"], secret["password"])
    for method, arguments in (
        ("res.user.write", ([1], {"name": "me"})),
        ("res.group.create", ([{"name": "mine"}],)),
        ("stock.location.create", ([{"name": "mine", "type": "storage"}],)),
        ("product.product.delete", ([1],)),
    ):
        with pytest.raises(RuntimeError, match="UserError"):
            own.call(method, *arguments)


@pytest.mark.faults
def test_a_tryton_frozen_while_it_confirms_is_ambiguous_and_the_count_lands_once(
    publisher: Session, bookkeeper: Rpc, tryton: Tryton, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, _ = live(publisher, STOCK)
    posted = moves(bookkeeper)
    original = publisher._client._post  # type: ignore[attr-defined]

    def freeze_first(method: str, parameters: list[Json], headers: dict[str, str], deadline: float) -> Any:
        if method == "model.stock.inventory.confirm":
            os.kill(tryton.pid, signal.SIGSTOP)
            deadline = time.monotonic() + 0.5
        return original(method, parameters, headers, deadline)

    try:
        with monkeypatch.context() as patched:
            patched.setattr(publisher._client, "_post", freeze_first)  # type: ignore[attr-defined]
            outcome = write(publisher, STOCK, before, before + 4, key="t:frozen")
    finally:
        os.kill(tryton.pid, signal.SIGCONT)
    assert isinstance(outcome, Ambiguous)
    assert isinstance(write(publisher, STOCK, before, before + 4, key="t:frozen"), Accepted | Conflict)
    assert (live(publisher, STOCK)[0], moves(bookkeeper)) == (before + 4, posted + 1)
    assert documents(bookkeeper, "t:frozen") == ["done"]


def test_whose_hand_was_on_a_price_or_on_stock_last_is_named(
    publisher: Session, bookkeeper: Rpc, tryton_system: SystemConfig, tryton_credentials: dict[str, Credentials]
) -> None:
    before, after = live(publisher, PRICE)[0], euros(117_700)
    assert isinstance(write(publisher, PRICE, before, after, key="t:hand"), Accepted)
    reader = CONNECTOR.open(tryton_system, tryton_credentials["read"], "read")
    (ours,) = reader.read([PRICE])
    assert (ours.value, ours.changed_by) == (after, tryton_credentials["publish"]["username"])
    price = {"list_price": decimal("1444.00")}
    bookkeeper.call("product.template.write", [_template(bookkeeper)], price, context={"company": 1})
    count = live(publisher, STOCK)[0] + 3
    (place,) = bookkeeper.call("stock.location.search", [["code", "=", "HAM"]], 0, 1, None)
    count_stock(bookkeeper, place, [(product(bookkeeper), count)], {"company": 1})
    theirs, stock = reader.read([PRICE, STOCK])
    (administrator,) = bookkeeper.call("res.user.read", [1], ["rec_name", "login"])
    for seen in (theirs, stock):
        assert seen.changed_by == (administrator["rec_name"] or administrator["login"])
        assert seen.changed_at is not None
        assert ours.changed_at is not None
        assert ours.changed_at <= seen.changed_at <= datetime.now(UTC)
    reader.close()


def test_who_may_not_see_moves_reads_stock_without_a_name(
    bookkeeper: Rpc, tryton_system: SystemConfig, tryton: Tryton
) -> None:
    plain = {"name": "Plain", "login": "plain-reader", "password": "correct-horse-battery"}
    (company,) = bookkeeper.call("company.company.search", [], 0, 1, None)
    bookkeeper.call("res.user.create", [plain | {"companies": [["add", [company]]], "company": company}])
    secrets = {"username": plain["login"], "password": plain["password"]}
    reader = CONNECTOR.open(tryton_system, Credentials(system="tryton", purpose="read", secrets=secrets), "read")
    stock, price = reader.read([STOCK, PRICE])
    assert (type(stock.value), stock.changed_by, stock.changed_at) == (int, "", None)
    assert price.changed_by
    reader.close()


def _template(bookkeeper: Rpc) -> int:
    (row,) = bookkeeper.call("product.product.read", [product(bookkeeper)], ["template"])
    return int(row["template"])
