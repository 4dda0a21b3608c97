"""Real systems in the small company: configured, read, and open to its people, its agent and its workflow."""

from dataclasses import dataclass
from typing import Any

import pytest

from orchestr.catalogue import refresh
from orchestr.catalogue.models import FieldValue, Segment, System
from orchestr.catalogue.systems import close_idle, config_of, reading
from orchestr.connectors.base import Address, SystemConfig, Target
from orchestr.proposals.models import Proposal
from tests import make, people
from tests.execution.approved import approved


@dataclass(frozen=True, slots=True)
class Spot:
    """One field address in one system."""

    system: str
    type: str
    id: str
    field: str
    address: Address

    def held(self) -> Any:
        """What the catalogue holds there."""
        return self._row().value

    def change(self, *, by: int) -> dict[str, Any]:
        """Its value moved by so much, in wire shape."""
        before = self.held()
        after = before | {"amount": before["amount"] + by} if isinstance(before, dict) else before + by
        return {
            "type": self.type,
            "id": self.id,
            "field": self.field,
            "address": self.address.wire(),
            "before": before,
            "after": after,
            "system": self.system,
        }

    def live(self) -> Any:
        """What the system itself says now."""
        target = Target(type=self.type, id=self.id, ref="", field=self.field, address=self.address)
        with reading(config_of(System.objects.get(key=self.system))) as session:
            (seen,) = session.read([target])
        return seen.value

    def _row(self) -> FieldValue:
        return FieldValue.objects.get(
            system__key=self.system,
            resource__type=self.type,
            resource__key=self.id,
            field=self.field,
            address_key=self.address.key(),
        )


def stand(
    house: make.House, monkeypatch: pytest.MonkeyPatch, config: SystemConfig, environment: dict[str, str]
) -> System:
    """Configure a running system, read its catalogue, and open what it brought to everybody who has apparel."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    close_idle()
    known = set(Segment.objects.values_list("pk", flat=True))
    system = make.system(config.key, kind=config.kind, url=config.url, settings=dict(config.settings))
    read = refresh.refresh(system)
    assert read.failure == ""
    roots = list(Segment.objects.exclude(pk__in=known).filter(parent=None))
    for root in roots:
        _open(house, root)
    for scope in house.agent.scopes.all():
        scope.segments.add(*roots)
    for tool in make.tools(system):
        make.scope(house.agent, tool, segments=Segment.objects.filter(parent=None))
    house.workflow.segments.add(*roots)
    return system


def without_rules(house: make.House) -> None:
    """What is executed is the matter here, not whether it should be."""
    make.plain_policy(house)


def proposed(house: make.House, *changes: dict[str, Any], atomicity: str = "all_or_compensate") -> Proposal:
    cast = house.people
    return approved(
        house, *changes, evidence=False, atomicity=atomicity, by=[cast.mia, cast.fay, cast.lena], summary="Together."
    )


def _open(house: make.House, segment: Segment) -> None:
    cast = house.people
    for account, rights in (
        (cast.mia, (people.VIEW, people.DECIDE, people.COST)),
        (cast.fay, (people.VIEW, people.DECIDE, people.COST)),
        (cast.lena, (people.VIEW, people.DECIDE)),
        (cast.omar, (people.VIEW, people.REVERT, people.COST)),
        (cast.olga, (people.VIEW, people.REVERT, people.COST)),
        (cast.ada, (people.VIEW,)),
    ):
        for right in rights:
            people.grant(account, right, segment)
