"""Sets of segments are one row each, also when two make it at once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, transaction

from orchestr.catalogue.models import SegmentSet
from orchestr.catalogue.segment_sets import intern
from tests import make


def test_order_and_repeats_make_no_other_set(house: make.House) -> None:
    one = intern([house.tents.pk, house.jackets.pk])
    assert intern([house.jackets.pk, house.tents.pk, house.jackets.pk]) == one
    assert SegmentSet.objects.count() == 1


def test_an_empty_set_is_refused(db: None) -> None:
    with pytest.raises(ValueError, match="not empty"):
        intern([])


def test_two_at_once_get_the_same_set(committed: object) -> None:
    house = make.house()
    together = Barrier(2)

    def both() -> object:
        try:
            with transaction.atomic():
                together.wait(timeout=10)
                return intern([house.tents.pk, house.jackets.pk])
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        ids = {future.result() for future in [pool.submit(both), pool.submit(both)]}
    assert len(ids) == 1
    assert SegmentSet.objects.count() == 1
