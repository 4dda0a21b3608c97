"""Feedback carries what was measured, once it was, and cost only to those whose scopes read cost."""

from typing import Any

from orchestr.agents.models import Scope
from orchestr.client import Proposal as ClientsProposal
from orchestr.outcomes.measuring.take import measure
from tests import make
from tests.api.conftest import AgentClient
from tests.outcomes.measuring.given import A_DAY_LATER, DAY, measure_after, prediction, published, sells


def items(agent: AgentClient, since: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = agent.get(
        "/agents/me/feedback" + (f"?since={since.replace('+', '%2B')}" if since else "")
    ).json()["items"]
    return found


def test_nothing_is_measured_before_its_time(house: make.House, agent: AgentClient) -> None:
    published(house, prediction())
    (item,) = items(agent)
    assert (item["measured"], item["decided_by"], item["news_at"]) == (None, "person", item["at"])


def test_a_measurement_is_news_of_an_old_decision(house: make.House, agent: AgentClient) -> None:
    proposal, clock = published(house, prediction())
    sells(clock, touched=(10, 5))
    (old,) = items(agent)
    assert items(agent, old["news_at"]) == []
    measure_after(clock, A_DAY_LATER)
    (item,) = items(agent, old["news_at"])
    assert (item["proposal"], item["at"]) == (str(proposal.pk), old["at"])
    (found,) = item["measured"]
    assert (found["verdict"], found["horizon_hours"], item["news_at"]) == ("worse", 24, found["at"])
    assert found["units"] == {"before": 240, "after": 120, "rest_before": 240, "rest_after": 240}
    (line,) = found["predictions"]
    assert (line["prediction"], line["expected"], line["change_bp"], line["short_bp"]) == (0, 240, -5_000, 5_454)
    assert items(agent, item["news_at"]) == []
    clock.pass_by(6 * DAY)
    measure(clock=clock)
    (again,) = items(agent, item["news_at"])
    assert [each["horizon_hours"] for each in again["measured"]] == [24, 168]


def test_the_proposal_itself_carries_what_was_measured(house: make.House, agent: AgentClient) -> None:
    proposal, clock = published(house, prediction(metric="margin_7d"))
    assert agent.get(f"/proposals/{proposal.pk}").json()["measured"] is None
    sells(clock, touched=(10, 5))
    measure_after(clock, A_DAY_LATER)
    Scope.objects.update(field_classes=[])
    (found,) = agent.get(f"/proposals/{proposal.pk}").json()["measured"]
    assert (found, found["margin"], found["verdict"]) == (items(agent)[0]["measured"][0], [], "withheld")


def test_what_rests_on_cost_is_told_to_scopes_that_read_cost_alone(house: make.House, agent: AgentClient) -> None:
    _, clock = published(house, prediction(metric="margin_7d"))
    sells(clock, touched=(10, 12))
    measure_after(clock, A_DAY_LATER)
    Scope.objects.update(field_classes=[])
    (found,) = items(agent)[0]["measured"]
    assert (found["margin"], found["predictions"], found["verdict"]) == ([], [], "withheld")
    Scope.objects.update(field_classes=["cost"])
    (found,) = items(agent)[0]["measured"]
    assert [each["after"] for each in found["margin"]] == [576_000]
    assert found["verdict"] == "as_predicted"


def test_another_agent_hears_nothing_of_it(house: make.House) -> None:
    _, clock = published(house, prediction())
    measure_after(clock, A_DAY_LATER)
    stranger = make.token(make.agent("stranger", owner=house.people.ada))
    assert items(AgentClient(stranger)) == []


def test_the_client_reads_what_was_measured_typed(house: make.House, agent: AgentClient) -> None:
    proposal, clock = published(house, prediction())
    sells(clock, touched=(10, 5))
    raw = agent.get(f"/proposals/{proposal.pk}").json()
    assert ClientsProposal.parse(raw).measured == ()
    measure_after(clock, A_DAY_LATER)
    (seen,) = ClientsProposal.parse(agent.get(f"/proposals/{proposal.pk}").json()).measured
    assert (seen.verdict, seen.horizon_hours, seen.raw["units"]["after"]) == ("worse", 24, 120)
    (line,) = seen.predictions
    assert (line.prediction, line.expected, line.change_bp, line.short_bp) == (0, 240, -5_000, 5_454)
