"""The page of the rota says who is on call in the coming days, and folds what nobody reads at night."""

from datetime import timedelta

from django.db import transaction

from orchestr.catalogue.models import Site
from orchestr.people.models import Account
from orchestr.people.rota.shifts import set_shifts
from tests import make
from tests.reviews.door import get


def put_on_call(house: make.House, who: Account, *, days: int, site: Site | None = None) -> None:
    start = (make.now() + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0, tzinfo=None)
    with transaction.atomic():
        set_shifts(
            person_id=who.person_id, starts=start, ends=start + timedelta(hours=12), zone="UTC",
            site_id=site.pk if site else None, override=False, every_days=1, times=days,
            by=house.people.olga, at=make.now(),
        )  # fmt: skip


def test_sites_with_the_same_plan_are_told_once(house: make.House) -> None:
    put_on_call(house, house.people.omar, days=20)
    names = sorted(Site.objects.values_list("name", flat=True))
    assert len(names) > 1
    (plan,) = get(house.people.omar, "/oncall/rota/").context["plans"]
    assert plan.name.split(", ") == names
    own = Site.objects.get(name=names[0])
    put_on_call(house, house.people.olga, days=1, site=own)
    plans = get(house.people.omar, "/oncall/rota/").context["plans"]
    assert sorted(plan.name for plan in plans) == sorted([own.name, ", ".join(names[1:])])


def test_the_days_that_come_first_stand_open_and_the_rest_is_folded(house: make.House) -> None:
    put_on_call(house, house.people.omar, days=20)
    answer = get(house.people.omar, "/oncall/rota/")
    (plan,) = answer.context["plans"]
    border = make.now() + timedelta(days=3)
    assert plan.lines
    assert plan.later
    assert all(line.begins <= border for line in plan.lines)
    assert all(line.begins > border - timedelta(minutes=5) for line in plan.later)
    context = answer.context
    assert (len(context["shifts"]), len(context["later_shifts"]), context["shifts_in_all"]) == (6, 14, 20)
    page = answer.content.decode()
    assert all(f'id="shift-{each.id}"' in page for each in [*context["shifts"], *context["later_shifts"]])
