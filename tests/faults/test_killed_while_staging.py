"""kill -9 at every moment of staging, going live and taking back, against an API that nobody here wrote.

The set has two prices of commercetools: it goes live as a whole, or nothing of it is left there.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from launch.live import Live
from orchestr.execution.models import ExecutionItem
from orchestr.proposals.models import Proposal
from tests import make
from tests.execution.systems import proposed, stand, without_rules
from tests.faults.company import states
from tests.faults.rounds import Moment, Round, Rounds, moments_after, opened
from tests.shops.commercetools.serve import Project, commercetools

__all__ = ["commercetools"]

pytestmark = [
    pytest.mark.faults, pytest.mark.slow, pytest.mark.node, pytest.mark.shop, pytest.mark.timeout(400),
]  # fmt: skip
SKUS = ("CT-SHELL-L", "CT-CAP")
STAGED = {"stage.compared", "stage.answered", "stage.committed"}
TAKEN_BACK = {"unstage.answered", "unstage.committed"}


@pytest.fixture
def house(processes: Live, commercetools: Project, monkeypatch: pytest.MonkeyPatch) -> make.House:
    made = make.house()
    without_rules(made)
    environment = {
        f"ORCHESTR_CREDENTIAL_COMMERCETOOLS_{stage.upper()}": json.dumps(commercetools.clients[stage])
        for stage in ("read", "publish")
    }
    system = commercetools.system
    stand(made, monkeypatch, type(system)(**_fast(system)), environment)
    processes.env |= environment
    return made


@pytest.fixture
def rounds(house: make.House, processes: Live) -> Iterator[Rounds]:
    with opened(processes.publishing() | {"ORCHESTR_READ_BACK_S": "1"}) as rounds:
        yield rounds


def _fast(system: Any) -> dict[str, Any]:
    settings = dict(system.settings) | {"settle_after_s": 2}
    return {"key": system.key, "kind": system.kind, "url": system.url, "settings": settings}


def _price(project: Project, sku: str, side: str) -> int:
    data = project.admin.product(sku)["masterData"][side]
    one = next(each for each in (data["masterVariant"], *data["variants"]) if each["sku"] == sku)
    return int(next(price for price in one["prices"] if price.get("country") == "DE")["value"]["centAmount"])


def _prices(project: Project) -> list[tuple[int, int]]:
    """What is live and what is staged of each."""
    return [(_price(project, sku, "current"), _price(project, sku, "staged")) for sku in SKUS]


def _run(rounds: Rounds, proposal: Proposal, killed: Moment | None) -> list[Round]:
    rounds.ahead_s = 0.0
    ended = rounds.until_settled(proposal, kill=killed, step_s=5)
    assert sum(each.killed for each in ended) == (killed is not None), f"{killed}: {[each.trace for each in ended]}"
    return ended


def _change(project: Project, sku: str, by: int) -> dict[str, Any]:
    now = _price(project, sku, "current")
    before = {"amount": now, "currency": "EUR", "exponent": 2, "tax": "included"}
    return {
        "type": "variant", "id": sku, "field": "price", "address": make.DE.wire(), "before": before,
        "after": before | {"amount": now + by}, "system": "commercetools",
    }  # fmt: skip


def test_a_worker_killed_while_it_stages_and_goes_live_leaves_one_effect_each(
    house: make.House, commercetools: Project, rounds: Rounds
) -> None:
    def run(killed: Moment | None) -> list[Round]:
        before = _prices(commercetools)
        proposal = proposed(house, *(_change(commercetools, sku, -10) for sku in SKUS))
        ended = _run(rounds, proposal, killed)
        after = [(live - 10, live - 10) for live, _ in before]
        assert (proposal.state, states(proposal), _prices(commercetools)) == ("published", ["applied"] * 2, after), (
            killed
        )
        return ended

    chosen = [each for each in moments_after("stage.compared", run(None)) if each.point in STAGED | {"write.answered"}]
    for moment in chosen:
        run(moment)
    assert {each.point for each in chosen} == STAGED | {"write.answered"}


def test_a_worker_killed_while_it_takes_staged_values_back_leaves_nothing_staged_and_nothing_live(
    house: make.House, commercetools: Project, rounds: Rounds
) -> None:
    """The second was changed by somebody else since it was approved: the first is staged by then."""

    def run(killed: Moment | None) -> list[Round]:
        proposal = proposed(house, *(_change(commercetools, sku, -10) for sku in SKUS))
        row = commercetools.admin.product(SKUS[1])
        _edit(commercetools, row, -1)
        before = _prices(commercetools)
        ended = _run(rounds, proposal, killed)
        assert (proposal.state, states(proposal)) == ("blocked", ["not_applied", "conflict"]), killed
        assert _prices(commercetools) == before, killed
        assert set(ExecutionItem.objects.filter(execution__proposal=proposal).values_list("staging", flat=True)) == {
            "", "cleared",
        }  # fmt: skip
        _edit(commercetools, commercetools.admin.product(SKUS[1]), 1)
        return ended

    chosen = [each for each in moments_after("stage.compared", run(None)) if each.point in TAKEN_BACK]
    for moment in chosen:
        run(moment)
    assert {each.point for each in chosen} == TAKEN_BACK


def _edit(project: Project, row: Any, by: int) -> None:
    """Somebody else's hand, in current and staged."""
    data = row["masterData"]["current"]
    one = next(each for each in (data["masterVariant"], *data["variants"]) if each["sku"] == SKUS[1])
    price = next(each for each in one["prices"] if each.get("country") == "DE")
    value = price["value"] | {"centAmount": price["value"]["centAmount"] + by}
    draft = {"country": "DE", "value": value}
    project.admin.act(
        "/products", row, {"action": "changePrice", "priceId": price["id"], "price": draft, "staged": False}
    )
