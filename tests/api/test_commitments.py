"""What agents read of locks and promises."""

from datetime import timedelta

from tests import make
from tests.api.conftest import AgentClient
from tests.commitments.test_commit import stand


def test_an_agent_reads_what_stands_where_it_may_read(house: make.House, agent: AgentClient) -> None:
    quote = stand(house.people.mia, "quote")
    lock = stand(house.people.mia, until=quote.until + timedelta(hours=1))
    stand(house.people.marco, key="TNT-1")
    items = agent.get("/catalogue/commitments?sku=JKT-1").json()["items"]
    assert [(row["id"], row["kind"], row["channel"]) for row in items] == [
        (str(quote.pk), "quote", "web-de"),
        (str(lock.pk), "reprice", None),
    ]
    assert items[0]["price"]["amount"] == 19_500
    assert "why" not in items[0]
    assert [row["sku"] for row in agent.get("/catalogue/commitments?kind=reprice").json()["items"]] == [
        "TNT-1",
        "JKT-1",
    ]


def test_what_an_agent_may_not_read_is_not_there(house: make.House, agent: AgentClient) -> None:
    stand(house.people.marco, key="TNT-1")
    for scope in house.agent.scopes.all():
        scope.segments.set([house.apparel])
    assert agent.get("/catalogue/commitments").json() == {"items": []}
    assert agent.get("/catalogue/commitments?sku=%00").json()["code"] == "malformed"
