"""Execution against a real Vendure and a real Tryton: frozen, limited, edited by somebody else; and both in one set."""

import os
import signal
from collections.abc import Iterator

import pytest

from audit.models import AuditEvent
from demo.tryton.rpc import Rpc, decimal
from demo.tryton.serve import Tryton
from demo.vendure.graphql import Graphql
from demo.vendure.serve import Vendure
from orchestr.connectors.base import Address, SystemConfig
from orchestr.connectors.credentials import load
from orchestr.execution import sessions
from orchestr.execution.models import Breaker
from orchestr.proposals.models import Proposal
from tests import make
from tests.execution.approved import Clock, clock_after_window, items, open_executions, states, work
from tests.execution.systems import Spot, proposed, stand, without_rules
from tests.invariants import Write, assert_invariants
from tests.shops.front import Front
from tests.shops.tryton import bookkeeper, tryton, tryton_credentials, tryton_system
from tests.shops.vendure import vendure, vendure_credentials, vendure_system

__all__ = [
    "bookkeeper",
    "tryton",
    "tryton_credentials",
    "tryton_system",
    "vendure",
    "vendure_credentials",
    "vendure_system",
]

pytestmark = [pytest.mark.shop, pytest.mark.slow, pytest.mark.faults]
node = pytest.mark.node

LAPTOP = "L2201308"
PRICE = Spot("vendure", "variant", LAPTOP, "price", Address(channel="web-de", currency="EUR"))
LIST_PRICE = Spot("tryton", "variant", LAPTOP, "list_price", Address(currency="EUR"))
COUNT = Spot("tryton", "stock", LAPTOP, "on_hand", Address(location="hamburg"))
MUTATION, CONFIRM, WRITE = "mutation", "stock.inventory.confirm", "product.template.write"


@pytest.fixture(autouse=True)
def invariants(house: make.House) -> Iterator[None]:
    """Over every proposal, with what neither system records left out: they know no operation keys of ours."""
    sessions.close_all()
    without_rules(house)
    yield
    done = ("applied", "restored", "compensated")
    rows = [item for each in Proposal.objects.all() for kind in ("apply", "revert") for item in items(each, kind)]
    assert_invariants([Write(str(item.pk), item.after) for item in rows if item.state in done])
    sessions.close_all()


@pytest.fixture
def shop(house: make.House, vendure: Vendure, monkeypatch: pytest.MonkeyPatch) -> Iterator[Front]:
    with Front(vendure.url) as front:
        config = SystemConfig(**{**vendure.system, "url": front.url})  # type: ignore[arg-type]
        stand(house, monkeypatch, config, vendure.environment)
        yield front


@pytest.fixture
def ledger(house: make.House, tryton: Tryton, monkeypatch: pytest.MonkeyPatch) -> Iterator[Front]:
    with Front(tryton.url) as front:
        config = SystemConfig(**{**tryton.system, "url": front.url})  # type: ignore[arg-type]
        stand(house, monkeypatch, config, tryton.environment)
        yield front


@pytest.fixture
def short_lease(settings: object) -> None:
    """A write is waited for one second."""
    settings.LEASE_S = 3  # type: ignore[attr-defined]


def go_on(proposal: Proposal, clock: Clock, *, seconds: int = 300) -> None:
    """Work until nothing is open; the clock is never behind the real one."""
    end = seconds * 2
    while open_executions(proposal) or not proposal.executions.exists():
        clock.now = max(clock.now, make.now())
        work(clock)
        clock.pass_by(0.5)
        end -= 1
        assert end, states(proposal)
    proposal.refresh_from_db()


def freeze_at(front: Front, word: str, pid: int) -> None:
    """The process stops with the first such request in its hands, before it has read it."""
    stopped: list[str] = []

    def before(body: str) -> None:
        if word in body and not stopped:
            stopped.append(body)
            os.kill(pid, signal.SIGSTOP)

    front.before = before


def edit_at(front: Front, word: str, edit: object) -> None:
    """Somebody else's hand moves after our last look, with our write on its way."""
    done: list[str] = []

    def before(body: str) -> None:
        if word in body and not done:
            done.append(body)
            edit()  # type: ignore[operator]

    front.before = before


def edit_price(vendure: Vendure, amount: int) -> None:
    admin = Graphql(vendure.url)
    admin.sign_in(vendure.username, vendure.password)
    document = "mutation($i: [UpdateProductVariantInput!]!) { updateProductVariants(input: $i) { id } }"
    admin.run(document, {"i": [{"id": "1", "prices": [{"currencyCode": "EUR", "price": amount}]}]})


def edit_count(bookkeeper: Rpc, count: int) -> None:
    """Post an inventory by hand."""
    context = {"company": 1}
    (place,) = bookkeeper.call("stock.location.search", [["code", "=", "HAM"]], 0, 1, None)
    (product,) = bookkeeper.call("product.product.search", [["code", "=", LAPTOP]], 0, 1, None)
    lines = [["create", [{"product": product, "quantity": float(count)}]]]
    ids = bookkeeper.call("stock.inventory.create", [{"location": place, "lines": lines}], context=context)
    bookkeeper.call("stock.inventory.confirm", ids, context=context)


def edit_list_price(bookkeeper: Rpc, text: str) -> None:
    (product,) = bookkeeper.call("product.product.search", [["code", "=", LAPTOP]], 0, 1, None)
    bookkeeper.call("product.product.write", [product], {"list_price": decimal(text)}, context={"company": 1})


@node
def test_a_vendure_frozen_in_the_middle_of_a_write_is_unknown_and_then_found(
    house: make.House, shop: Front, vendure: Vendure, short_lease: None
) -> None:
    change = PRICE.change(by=-300)
    proposal = proposed(house, change)
    freeze_at(shop, MUTATION, vendure.process.pid)
    clock = clock_after_window()
    try:
        work(clock)
        assert (states(proposal), proposal.state) == (["unknown"], "approved")
        clock.pass_by(2)
        work(clock)
        assert states(proposal) == ["unknown"]
    finally:
        os.kill(vendure.process.pid, signal.SIGCONT)
    go_on(proposal, clock)
    assert (proposal.state, states(proposal), PRICE.live()) == ("published", ["applied"], change["after"])
    assert shop.count(MUTATION) == 1


@node
def test_a_vendure_that_limits_us_is_left_alone_for_as_long_as_it_asked(house: make.House, shop: Front) -> None:
    change = PRICE.change(by=-200)
    proposal = proposed(house, change)
    left = [7, 7]
    shop.before = lambda body: left.pop() if left else None
    clock = clock_after_window()
    asked = len(shop.passed)
    work(clock)
    assert states(proposal) == ["pending"]
    assert (Breaker.objects.get().system.key, len(shop.passed)) == ("vendure", asked)
    clock.pass_by(6)
    work(clock)
    assert (len(left), len(shop.passed)) == (1, asked)
    go_on(proposal, clock)
    assert (proposal.state, states(proposal), PRICE.live()) == ("published", ["applied"], change["after"])
    actions = AuditEvent.objects.filter(action__startswith="breaker.").order_by("id").values_list("action", flat=True)
    assert list(actions) == ["breaker.opened", "breaker.closed"]
    assert shop.count(MUTATION) == 1


@node
def test_a_price_edited_by_a_second_login_after_the_approval_is_a_conflict_and_stays(
    house: make.House, shop: Front, vendure: Vendure
) -> None:
    change = PRICE.change(by=-100)
    proposal = proposed(house, change)
    edit_price(vendure, 123_456)
    go_on(proposal, clock_after_window())
    assert (proposal.state, proposal.blocked_reason, states(proposal)) == ("blocked", "failed", ["conflict"])
    assert (items(proposal)[0].observed["amount"], PRICE.live()["amount"]) == (123_456, 123_456)
    assert shop.count(MUTATION) == 0
    edit_price(vendure, change["before"]["amount"])


def test_a_token_that_went_stale_on_the_way_is_refused_by_tryton_and_nothing_is_overwritten(
    house: make.House, ledger: Front, bookkeeper: Rpc
) -> None:
    change = LIST_PRICE.change(by=-1_000)
    proposal = proposed(house, change)
    edit_at(ledger, WRITE, lambda: edit_list_price(bookkeeper, "999.00"))
    go_on(proposal, clock_after_window())
    assert (proposal.state, states(proposal)) == ("blocked", ["conflict"])
    assert (ledger.count(WRITE), LIST_PRICE.live()["amount"]) == (1, 99_900)
    assert items(proposal)[0].changed_by == "admin", "whose it was stands beside it"
    edit_list_price(bookkeeper, "1299.00")


def test_a_session_that_tryton_ended_on_the_way_is_opened_again_and_the_count_is_posted_once(
    house: make.House, ledger: Front, bookkeeper: Rpc
) -> None:
    """Its password is set anew, to the same: Tryton then ends every session of the user."""
    change = COUNT.change(by=3)
    proposal = proposed(house, change)
    users = bookkeeper.call("res.user.search", [["login", "=", "tryton-publish"]], 0, 1, None)
    password = load(system="tryton", purpose="publish")["password"]
    edit_at(ledger, CONFIRM, lambda: bookkeeper.call("res.user.write", users, {"password": password}))
    go_on(proposal, clock_after_window())
    assert (proposal.state, states(proposal), COUNT.live()) == ("published", ["applied"], change["after"])
    assert (ledger.count(CONFIRM), ledger.count("common.db.login")) == (2, 3)  # the reader's, ours, and ours again


def test_a_tryton_frozen_while_it_posts_is_unknown_and_then_found_once(
    house: make.House, ledger: Front, tryton: Tryton, short_lease: None
) -> None:
    change = COUNT.change(by=2)
    proposal = proposed(house, change)
    freeze_at(ledger, CONFIRM, tryton.pid)
    clock = clock_after_window()
    try:
        work(clock)
        assert states(proposal) == ["unknown"]
    finally:
        os.kill(tryton.pid, signal.SIGCONT)
    go_on(proposal, clock)
    assert (proposal.state, states(proposal), COUNT.live()) == ("published", ["applied"], change["after"])
    assert ledger.count(CONFIRM) == 1


@node
@pytest.mark.parametrize("first", [PRICE, COUNT], ids=["price first", "count first"])
def test_a_price_in_vendure_and_a_count_in_tryton_stand_or_fall_together(
    house: make.House, shop: Front, ledger: Front, vendure: Vendure, bookkeeper: Rpc, first: Spot
) -> None:
    """Each of the two fails, in either order; then neither does."""
    spots = [first, COUNT if first is PRICE else PRICE]
    clock = clock_after_window()
    for k, failing in enumerate(spots):
        opening = [spot.live() for spot in spots]
        proposal = proposed(house, *(spot.change(by=-4) for spot in spots))
        if failing is PRICE:
            edit_price(vendure, 111_111)
        else:
            edit_count(bookkeeper, 77)
        go_on(proposal, clock)
        assert states(proposal) == ["applied", "conflict"] if k else ["conflict", "not_applied"]
        ended = "compensated" if spots[0] is COUNT else "restored"
        assert states(proposal, "revert") == [ended] * k
        assert proposal.state == ("reverted" if k else "blocked")
        assert spots[1 - k].live() == opening[1 - k]
        edit_price(vendure, PRICE.held()["amount"])
        edit_count(bookkeeper, COUNT.held())
    changes = [spot.change(by=-4) for spot in spots]
    proposal = proposed(house, *changes)
    go_on(proposal, clock)
    assert (proposal.state, [spot.live() for spot in spots]) == ("published", [each["after"] for each in changes])
