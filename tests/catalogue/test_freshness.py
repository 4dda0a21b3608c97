"""Ages are settable down to a second, and on record."""

from uuid import uuid4

import pytest

from audit.models import AuditEvent
from audit.record import Actor
from orchestr.catalogue.freshness import ages, set_max_age
from orchestr.catalogue.models import FieldOwner
from orchestr.refusal import Refusal
from tests import make


def test_an_age_of_one_second_is_in_force_at_once(house: make.House) -> None:
    owner = FieldOwner.objects.get(type="variant", field="price", system=house.shop)
    set_max_age(owner_id=owner.pk, seconds=1, by=Actor.system(), at=make.now())
    assert ages().of(type="variant", field="price", system_id=house.shop.pk) == 1
    assert AuditEvent.objects.filter(action="connector.changed").count() == 1


@pytest.mark.parametrize("seconds", [0, -5, 2_592_001])
def test_an_age_outside_the_range_changes_nothing(house: make.House, seconds: int) -> None:
    owner = FieldOwner.objects.get(type="variant", field="price", system=house.shop)
    with pytest.raises(Refusal):
        set_max_age(owner_id=owner.pk, seconds=seconds, by=Actor.system(), at=make.now())
    assert ages().of(type="variant", field="price", system_id=house.shop.pk) == 3600
    assert not AuditEvent.objects.exists()


def test_what_nobody_has_set_is_held_to_the_shortest_age(db: None) -> None:
    assert ages().of(type="variant", field="price", system_id=uuid4()) == 900
