"""A large change set from an agent to the shop: sent in parts, opened, filtered and decided in Chromium, and followed
there while a real worker publishes it to the demo shop."""

from collections import Counter
from collections.abc import Iterator
from itertools import batched
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from launch.live import Live
from orchestr.catalogue.models import FieldValue, Resource
from orchestr.catalogue.systems import config_of, reading
from orchestr.connectors.base import Target
from orchestr.execution.models import Execution, ExecutionItem
from orchestr.proposals.models import Proposal
from orchestr.workflows.models import Workflow
from tests import make
from tests.browser.test_queue import Enter, open_proposal, state
from tests.browser.test_queue import enter as enter  # a fixture
from tests.faults.company import Company, found, wait_until
from tests.large import roomy_policy
from tests.shops.lots import stock_up

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(1200)]
PLACES = (make.DE, make.UK)
VARIANTS = 1_000  # ten thousand changes go the same way in the bench (`--only progress`), which takes minutes
A_PART = 1_000
PATIENT_MS = 60_000  # two thousand lines on a machine that does much else
WORKER = {"ORCHESTR_TAKE_BACK_S": "0"}


@pytest.fixture
def company(processes: Live, monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    stock_up(processes.folder / "shop", VARIANTS)
    made = found(processes, monkeypatch, variants=VARIANTS, named="LOT-")
    Resource.objects.filter(key__startswith="LOT-").update(image="")  # the shop draws none of them
    processes.env |= WORKER
    processes.web()
    yield made
    made.assert_invariants()


@pytest.fixture
def house(company: Company) -> make.House:
    return company.house


def test_a_set_of_every_price_of_a_segment_goes_from_an_agent_to_the_shop(
    company: Company, enter: Enter, chromium: Browser
) -> None:
    roomy_policy(company.house)
    Workflow.objects.filter(pk=company.house.workflow.pk).update(budgets=make.BUDGETS | {"changes_per_day": 10_000})
    changes = [_change(variant, place) for variant in company.variants for place in PLACES]
    proposal = _sent(company, changes)
    count = len(changes)
    mia = enter("mia")
    open_proposal(mia, proposal)
    expect(mia.locator("#large-said")).to_contain_text(f"{count:,} changes.", timeout=PATIENT_MS)
    mia.locator("#toolbar-q").fill(company.variants[0].key)
    mia.locator("#toolbar-q").press("Enter")
    expect(mia.locator("#large-said")).to_contain_text(f"{len(PLACES)} of {count:,} changes.", timeout=PATIENT_MS)
    _decide(proposal, mia, enter)
    company.worker(forks=2)
    wait_until(lambda: Execution.objects.filter(proposal=proposal).exists(), within=60, hint=True)
    execution = Execution.objects.get(proposal=proposal)
    mia.goto(f"{company.live.url}/executions/{execution.pk}/")
    expect(mia.locator("html")).to_have_attribute("data-live", "on")
    mia.evaluate(REMEMBER)
    wait_until(lambda: state(proposal) == "published", within=600, hint=True)
    expect(mia.locator("#items")).to_contain_text(f"{count:,} of {count:,} items are settled.", timeout=PATIENT_MS)
    expect(mia.locator("#items")).to_have_attribute("data-state", "done", timeout=PATIENT_MS)
    seen = {int(each.replace(",", "")) for each in mia.evaluate("window.seen")}
    assert any(0 < each < count for each in seen), f"no progress was shown: {sorted(seen)}"
    assert ExecutionItem.objects.filter(execution=execution, state="applied").count() == count
    assert _in_shop(company, changes) == [change["after"] for change in changes]
    written = Counter((write["address"]["id"], write["address"]["channel"]) for write in company.shop.writes())
    assert written == Counter((change["id"], change["address"]["channel"]) for change in changes)


# What the page has said of its progress, each time it was drawn anew.
REMEMBER = """() => {
    window.seen = []
    const look = () => {
        const said = document.querySelector('#items')?.textContent.match(/([\\d,]+) of [\\d,]+ items are settled/)
        if (said) window.seen.push(said[1])
    }
    look()
    new MutationObserver(look).observe(document.body, {childList: true, subtree: true, characterData: true})
}"""


def _decide(proposal: Proposal, first: Page, enter: Enter) -> None:
    """By as many as its tier asks for."""
    first.locator("#approve").click()
    expect(first.locator("#approve")).to_be_disabled(timeout=PATIENT_MS)
    if state(proposal) == "draft":
        second = enter("fay")
        open_proposal(second, proposal)
        second.locator("#approve").click()
        expect(second.locator("#decide")).to_have_attribute("data-state", "approved", timeout=PATIENT_MS)
    assert state(proposal) == "approved"


def _change(variant: Resource, place: make.Address) -> dict[str, Any]:
    before = FieldValue.objects.get(
        resource=variant, system__key="demo-shop", field="price", address_key=place.key()
    ).value
    after = before | {"amount": before["amount"] * 97 // 100}
    return {
        "type": "variant", "id": variant.key, "field": "price", "address": place.wire(), "before": before,
        "after": after, "system": "demo-shop",
    }  # fmt: skip


def _in_shop(company: Company, changes: list[dict[str, Any]]) -> list[Any]:
    """What the shop itself says now, in the order of the changes."""
    targets = [
        Target(type="variant", id=change["id"], ref=change["id"], field="price", address=make.Address.parse(change["address"]))
        for change in changes
    ]  # fmt: skip
    with reading(config_of(company.house.shop)) as session:
        return [seen.value for seen in session.read(targets)]


def _sent(company: Company, changes: list[dict[str, Any]]) -> Proposal:
    """Through the agents' door: a run, evidence that the server reads, all but the last changes as a part."""
    with httpx.Client(
        base_url=f"{company.live.url}/api/v1", headers={"Authorization": f"Bearer {company.house.token}"}, timeout=60
    ) as agent:

        def post(path: str, body: dict[str, Any], key: str) -> dict[str, Any]:
            answer = agent.post(path, json=body, headers={"Idempotency-Key": key})
            assert answer.status_code == 201, answer.text
            found: dict[str, Any] = answer.json()
            return found

        event = {"id": "monday", "type": "weekly", "source": "calendar"}
        run = post("/runs", {"workflow": company.house.workflow.key, "source_event": event}, "run")["id"]
        evidence = []
        fields = [{"field": "price", "address": place.wire()} for place in PLACES]
        for variant in company.variants:
            asked = {"kind": "observed", "type": "variant", "id": variant.key, "fields": fields}
            evidence += [each["id"] for each in post(f"/runs/{run}/evidence", asked, variant.key)["evidence"]]
        *before, last = changes
        parts = [
            post(f"/runs/{run}/changes", {"changes": part, "evidence": seen}, f"part-{n}")["id"]
            for n, (part, seen) in enumerate(zip(batched(before, A_PART), batched(evidence, A_PART), strict=True))
        ]
        body = {
            "summary": "A little less for all of it.", "rationale": "The season is over.", "confidence": 0.9,
            "atomicity": "per_item", "parts": parts, "changes": [last],
        }  # fmt: skip
        return Proposal.objects.get(pk=post(f"/runs/{run}/proposals", body, "proposal")["id"])
