"""What agents read of values that are not as they were published any more."""

from datetime import timedelta

from orchestr.execution.drift.models import Drift
from orchestr.execution.drift.scan import scan
from tests import make
from tests.api.conftest import AgentClient
from tests.execution.test_drift import _by_hand, _published


def drifted(house: make.House) -> Drift:
    _, clock = _published(house)
    _by_hand(21_000, who="till@shop")
    clock.pass_by(301)
    assert scan(clock=clock) == 1
    return Drift.objects.get()


def test_an_agent_reads_the_drift_of_its_proposal_and_of_what_it_may_read(
    house: make.House, agent: AgentClient
) -> None:
    drift = drifted(house)
    (told,) = agent.get(f"/proposals/{drift.proposal_id}").json()["drifts"]
    assert (told["id"], told["field"], told["kind"], told["expected"]["amount"], told["live"]["amount"]) == (
        "JKT-1", "price", "foreign", 19_000, 21_000,
    )  # fmt: skip
    assert "till@shop" not in str(told)
    assert agent.get("/catalogue/drifts").json() == {"items": [told]}
    assert agent.get("/catalogue/drifts?sku=JKT-1").json() == {"items": [told]}
    assert agent.get("/catalogue/drifts?sku=JKT-2").json() == {"items": []}
    assert agent.get("/catalogue/drifts?sku=%00").json()["code"] == "malformed"
    later = (drift.seen_at + timedelta(seconds=1)).isoformat().replace("+00:00", "Z")
    assert agent.get(f"/catalogue/drifts?since={later}").json() == {"items": []}


def test_what_is_ours_again_is_told_of_the_proposal_alone(house: make.House, agent: AgentClient) -> None:
    drift = drifted(house)
    Drift.objects.update(gone_at=make.now())
    assert agent.get("/catalogue/drifts").json() == {"items": []}
    assert len(agent.get(f"/proposals/{drift.proposal_id}").json()["drifts"]) == 1


def test_drift_on_what_an_agent_may_not_read_is_not_there(house: make.House, agent: AgentClient) -> None:
    drifted(house)
    for scope in house.agent.scopes.all():
        scope.segments.set([house.outdoor])
    assert agent.get("/catalogue/drifts").json() == {"items": []}
    house.agent.scopes.update(revoked_at=make.now())
    assert agent.get("/catalogue/drifts").json() == {"items": []}
