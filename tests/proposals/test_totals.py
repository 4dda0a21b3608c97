"""What the exposure ledger adds up is what its rows say, whatever happens to them meanwhile."""

import random
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from orchestr.proposals.exposure import ledger
from orchestr.proposals.exposure.models import ExposureTotal
from orchestr.proposals.exposure.totals import fold, whole_hours_from
from orchestr.proposals.facts.around import Surroundings, surrounding
from orchestr.proposals.facts.load import Judged
from orchestr.proposals.judge import judged_of
from orchestr.proposals.models import Exposure, ExposureUse, Proposal
from tests import make
from tests.proposals.propose import single

NOW = make.now()
LATER = NOW + timedelta(hours=1)
DAY, WEEK = timedelta(hours=24), timedelta(days=7)
PLACE = ledger.Place("apparel/jackets", "web-de")
HOURS = [
    timedelta(hours=hours, minutes=minutes) for hours in (0, 1, 23, 24, 25, 167, 168, 169) for minutes in (0, 7, 59)
]


Sums = dict[tuple[Any, ...], tuple[Any, ...]]


@dataclass(frozen=True)
class Purses:
    """Proposals that take of the same purses; `asked` is what the first one is judged by."""

    asked: Judged
    made: list[Proposal]

    def _read(self, asking: UUID | None, at: datetime) -> Surroundings:
        """As a judgement reads it; nothing of whoever is asking counts."""
        (found,) = surrounding([replace(self.asked, proposal_id=asking)], (), {}, at=at)
        return found

    def read(self, asking: UUID | None, at: datetime) -> Sums:
        rows = self._read(asking, at).around.standing
        return {(row.scope, *row.purse): (row.pending, row.live_24h, row.live_7d) for row in rows}

    def read_place(self, asking: UUID | None, at: datetime) -> tuple[int, int]:
        (found,) = self._read(asking, at).exposure
        assert ledger.Place(found.segment, found.channel) == PLACE
        return found.pending, found.live_24h


def purses(house: make.House, others: int) -> Purses:
    first = single(house)
    return Purses(judged_of(first, first.versions.get()), [first, *(_copy(first) for _ in range(others))])


def _copy(first: Proposal) -> Proposal:
    """Another proposal as far as the ledger is concerned: its rows, with another's name on them."""
    values = {
        field.attname: getattr(first, field.attname) for field in first._meta.concrete_fields if field.name != "id"
    }
    other = Proposal.objects.create(**values)
    for model in (Exposure, ExposureUse):
        for row in model.objects.filter(proposal=first):
            kept = {
                field.attname: getattr(row, field.attname)
                for field in row._meta.concrete_fields
                if field.name not in ("id", "proposal", "folded")
            }
            model.objects.create(proposal=other, **kept)
    return other


def counted(asking: UUID | None, at: datetime) -> Sums:
    """Row by row, in Python: all rows here are of the same purses."""
    sums: dict[tuple[Any, ...], list[list[int]]] = defaultdict(lambda: [[0, 0, 0] for _ in range(3)])
    for use in ExposureUse.objects.exclude(state="released").exclude(proposal_id=asking):
        if use.state == "reserved":
            spans = [0]
        else:
            spans = [n for n, span in ((1, DAY), (2, WEEK)) if use.at > at - span]
        for span in spans:
            parts = sums[use.scope, use.key, use.channel, use.currency, use.exponent][span]
            for n, amount in enumerate((use.items, use.revenue, use.margin)):
                parts[n] += amount
    return {key: tuple(tuple(part) for part in parts) for key, parts in sums.items() if any(map(any, parts))}


def on_the_place(asking: UUID | None, at: datetime) -> tuple[int, int]:
    rows = Exposure.objects.exclude(state="released").exclude(proposal_id=asking)
    return (
        sum(row.items for row in rows if row.state == "reserved"),
        sum(row.items for row in rows if row.state == "live" and row.at > at - DAY),
    )


def change(dice: random.Random, proposal: Proposal) -> None:
    """Something that happens to what a proposal holds: by the ledger's operations, or by another release."""
    at = NOW - dice.choice(HOURS)
    match dice.randrange(6):
        case 0 | 1:
            ledger.go_live([proposal.pk], at)
        case 2:
            ledger.release(proposal)
        case 3:
            for model in (Exposure, ExposureUse):
                model.objects.filter(proposal=proposal).update(state="reserved", at=at)
        case 4:
            amount = dice.randrange(1, 500)
            ExposureUse.objects.filter(proposal=proposal, state="reserved").update(revenue=amount, margin=amount // 3)
        case 5:
            for model in (Exposure, ExposureUse):
                model.objects.filter(proposal=proposal, state="live").update(at=at)
    if dice.randrange(3) == 0:
        fold(at=LATER, most=dice.choice([1, 3, 5_000]))


@pytest.mark.parametrize("seed", range(8))
def test_sums_agree_with_the_rows_after_whatever_happened(house: make.House, seed: int) -> None:
    dice = random.Random(seed)
    shared = purses(house, others=4)
    for step in range(24):
        with transaction.atomic():
            change(dice, dice.choice(shared.made))
        if step % 2 == 0:
            at = NOW - dice.choice([timedelta(0), timedelta(minutes=31)])
            for asking in (None, dice.choice(shared.made).pk):
                assert shared.read(asking, at) == counted(asking, at)
                assert shared.read_place(asking, at) == on_the_place(asking, at)


def test_what_is_counted_is_not_read_row_by_row(house: make.House) -> None:
    made = purses(house, others=3).made
    with transaction.atomic():
        ledger.go_live([made[1].pk], NOW - timedelta(hours=5))
        rows = ExposureUse.objects.count() + Exposure.objects.count()
        assert fold(at=LATER) == rows
        assert fold(at=LATER) == 0
    sums = ExposureTotal.objects.filter(scope="agent", key="repricer")
    assert sorted(sums.values_list("items", flat=True)) == [1, 3]
    assert sums.get(items=1).hour == whole_hours_from(NOW - timedelta(hours=6))
    assert not ExposureUse.objects.filter(folded=False).exists()


def test_what_has_just_come_is_left_for_the_next_time(house: make.House) -> None:
    single(house)
    with transaction.atomic():
        assert fold(at=make.now()) == 0


def test_what_is_given_back_is_taken_out_of_its_sum_at_once(house: make.House) -> None:
    (proposal,) = (shared := purses(house, others=0)).made
    with transaction.atomic():
        fold(at=LATER)
        ledger.release(proposal)
    assert sorted(ExposureTotal.objects.filter(scope="agent").values_list("items", flat=True)) == [-1, 1]
    assert shared.read_place(None, NOW) == (0, 0)


def test_rows_that_are_deleted_leave_their_sum(house: make.House) -> None:
    shared = purses(house, others=0)
    with transaction.atomic():
        fold(at=LATER)
        ExposureUse.objects.all().delete()
    assert shared.read(None, NOW) == {}


def test_sums_of_hours_long_past_are_forgotten(house: make.House) -> None:
    proposal = single(house)
    with transaction.atomic():
        ledger.go_live([proposal.pk], NOW - timedelta(days=9))
        fold(at=NOW)
        assert ExposureTotal.objects.exists()
        fold(at=NOW)
    assert not ExposureTotal.objects.exists()
