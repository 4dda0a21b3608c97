"""A proposal's page says what came of it, beside what was said, and margin only to who may see cost."""

from tests import make
from tests.outcomes.measuring.given import A_DAY_LATER, measure_after, prediction, published, sells
from tests.reviews.browse import see, text


def page(house: make.House, proposal_id: object, name: str = "mia") -> str:
    answer = see(getattr(house.people, name), f"/reviews/{proposal_id}/")
    assert answer.status_code == 200
    return text(answer)


def test_before_its_time_it_is_too_new_to_tell(house: make.House) -> None:
    proposal, clock = published(house, prediction())
    assert "What came of it" not in page(house, proposal.pk)
    measure_after(clock, 0)
    assert "Too new to tell." in page(house, proposal.pk)


def test_predicted_stands_beside_measured(house: make.House) -> None:
    proposal, clock = published(house, prediction(), prediction(metric="margin_7d"))
    sells(clock, touched=(10, 5))
    measure_after(clock, A_DAY_LATER)
    shown = page(house, proposal.pk)
    assert "worse than predicted" in shown
    assert "120, where 240 was to be expected without it" in shown
    assert "Margin" in shown


def test_margin_is_for_those_who_may_see_cost(house: make.House) -> None:
    proposal, clock = published(house, prediction(metric="margin_7d"))
    sells(clock, touched=(10, 5))
    measure_after(clock, A_DAY_LATER)
    assert "€4,800" in page(house, proposal.pk, "fay")
    hidden = page(house, proposal.pk, "lena")
    assert "€4,800" not in hidden
    assert "worse than predicted" not in hidden
    assert "not for your account" in hidden


def test_the_run_tells_it_at_its_end(house: make.House) -> None:
    proposal, clock = published(house, prediction())
    sells(clock, touched=(10, 12))
    measure_after(clock, A_DAY_LATER)
    course = text(see(house.people.mia, f"/runs/{proposal.run_id}/"))
    assert course.index("Proposal published") < course.index("Measurement taken")
    assert "after 1 day · as predicted" in course
