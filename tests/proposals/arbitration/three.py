"""Three agents on one jacket: one raises its price, one clears its stock, one pauses its promotion."""

from dataclasses import dataclass
from typing import Any

from orchestr.agents.models import AgentToken, Tool
from orchestr.catalogue.models import Resource
from orchestr.proposals.arbitration.models import Arbitration
from orchestr.proposals.models import Proposal
from orchestr.proposals.submitting.content import AgentProposer
from tests import make
from tests.proposals.propose import propose
from tests.proposals.test_commerce import DE, definition, known

STOCK = {"type": "stock", "id": "JKT-1", "field": "on_hand", "address": make.HAMBURG.wire(), "system": "erp"}


@dataclass(frozen=True)
class Three:
    house: make.House
    stocker: AgentProposer
    promoter: AgentProposer

    def raises(self, after: int = 21_000, **fields: Any) -> Proposal:
        return propose(self.house, self.house.change(after=after), **fields)

    def clears(self, after: int = 38, **fields: Any) -> Proposal:
        return propose(self.house, STOCK | {"before": 40, "after": after}, run=self.stocker.run, **fields)

    def pauses(self, **fields: Any) -> Proposal:
        row = Resource.objects.filter(type="promotion", key="SPRING").first()
        row = row or known(self.house, "SPRING", definition(skus=("JKT-1",)))
        before = row.values.get(field="definition").value
        change = {"type": "promotion", "id": "SPRING", "field": "definition", "address": DE.wire(), "before": before}
        return propose(self.house, change | {"after": before | {"enabled": 0}}, run=self.promoter.run, **fields)

    def cascade(self) -> tuple[list[Proposal], Arbitration]:
        """All three, as they stand afterwards, and what holds them."""
        ids = [self.raises().pk, self.clears().pk, self.pauses().pk]
        found = {each.pk: each for each in Proposal.objects.select_related("segment_set").filter(pk__in=ids)}
        return [found[id] for id in ids], Arbitration.objects.get()


def three(house: make.House) -> Three:
    return Three(house, _agent(house, "stocker"), _agent(house, "promoter"))


def _agent(house: make.House, key: str) -> AgentProposer:
    made = make.agent(key, owner=house.people.ada)
    make.token(made)
    for tool in Tool.objects.all():
        make.scope(made, tool, segments=[house.apparel, house.outdoor])
    flow = make.workflow(
        made,
        key=f"{key}-flow",
        segments=[house.apparel, house.outdoor],
        owner=house.people.ada,
        escalation_owner=house.people.olga,
        rollback_owner=house.people.olga,
    )
    token = AgentToken.objects.select_related("agent", "agent__owner").get(agent=made)
    return AgentProposer(token=token, run=make.run(flow))
