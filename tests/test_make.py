"""The builders that every room's tests stand on."""

import shelf

from orchestr.catalogue.models import FieldValue
from orchestr.people.eligibility import deciders_on, segments_with
from tests import make


def test_mia_decides_on_apparel_and_everything_below_it(house: make.House) -> None:
    assert segments_with(house.people.mia, "decide_segment") == {
        house.apparel.id,
        house.jackets.id,
        house.base_layers.id,
    }


def test_three_people_could_decide_on_jackets(house: make.House) -> None:
    assert {frozenset(decider.functions) for decider in deciders_on([house.jackets.id])} == {
        frozenset({"merchandising"}),
        frozenset({"finance"}),
        frozenset({"legal"}),
    }


def test_the_shelves_hold_what_the_catalogue_says(house: make.House) -> None:
    for value in FieldValue.objects.select_related("resource", "system"):
        held = shelf.SHELVES[value.system.key].resources[value.resource.type, value.resource.key]
        assert (value.field, value.address, value.value) in [(f.field, f.address.wire(), f.value) for f in held.fields]
