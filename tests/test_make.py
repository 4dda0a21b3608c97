"""The builders that every room's tests stand on."""

from datetime import datetime, timedelta
from typing import Any

import shelf
from django.apps import apps
from django.db import models, transaction

from orchestr.catalogue.models import FieldValue
from orchestr.people.eligibility import deciders_on, segments_with
from tests import make
from tests.make.kept import Kept

# What is drawn anew each time a company is built, or holds its keys.
DRAWN = {"salt", "sha256", "prefix", "row", "changes", "canary_seed"}
HOLDS_KEYS = {"orchestr_workflow_version": {"definition", "digest"}}


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


def test_the_company_laid_out_is_the_company_built(db: None, shelves: None, kept_house: Kept) -> None:
    at = make.now()
    with transaction.atomic():
        built = make.house()
        rows, shelved, title = _rows(at), dict(shelf.SHELVES), built.jacket.title
        transaction.set_rollback(True)
    laid = kept_house.lay_out(at=at)
    assert sum(map(len, rows.values())) > 150
    assert _rows(at) == rows
    assert dict(shelf.SHELVES) == shelved
    assert laid.jacket.title == title
    assert laid.people.mia.check_password("orchestr-demo")


def test_each_test_has_a_company_of_its_own_as_old_as_itself(db: None, shelves: None, kept_house: Kept) -> None:
    later = make.now() + timedelta(days=400)
    with transaction.atomic():
        first = kept_house.lay_out(at=later)
        first.jacket.title = "Changed by the first"
        shelf.take("shop", "variant", "JKT-1")
        transaction.set_rollback(True)
    second = kept_house.lay_out(at=later)
    assert second.jacket.title == "variant JKT-1"
    assert ("variant", "JKT-1") in shelf.SHELVES["shop"].resources
    assert second.price(second.jacket).observed_at > later - timedelta(minutes=10)
    assert second.agent.created_at > later - timedelta(minutes=10)
    assert second.agent.tokens.get().expires_at > later + timedelta(days=29)


def _rows(at: datetime) -> dict[str, list[str]]:
    """Everything in the database but keys, what is drawn, moments to the hour."""
    return {
        model._meta.db_table: sorted(repr(_told(row, at)) for row in model._base_manager.all())
        for model in apps.get_models(include_auto_created=True)
    }


def _told(row: models.Model, at: datetime) -> dict[str, Any]:
    fields = [field for field in row._meta.concrete_fields if not field.is_relation and not field.primary_key]
    drawn = DRAWN | HOLDS_KEYS.get(row._meta.db_table, set())
    values = {field.attname: getattr(row, field.attname) for field in fields if field.name not in drawn}
    return {
        name: round((value - at) / timedelta(hours=1)) if isinstance(value, datetime) else value
        for name, value in values.items()
    }
