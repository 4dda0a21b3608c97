"""The page of work that is held together: side by side, with the choice and what keeps a person from it."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEvent
from orchestr.proposals.arbitration.models import Arbitration
from orchestr.proposals.models import Proposal
from tests import make
from tests.proposals.arbitration.three import three
from tests.proposals.propose import propose
from tests.reviews.browse import browser, see, text


@pytest.fixture
def cascade(house: make.House) -> tuple[list[Proposal], Arbitration]:
    return three(house).cascade()


def digest(page: str) -> str:
    return page.split('name="digest" value="')[1][:64]


def choose(house: make.House, held: Arbitration, choice: str, **more: str) -> Any:
    url = f"/arbitrations/{held.pk}/"
    given = {"digest": digest(text(see(house.people.mia, url))), "reason_text": "Margin first.", "choice": choice}
    return browser(house.people.mia).post(f"{url}choose/", given | more)


def test_all_three_stand_side_by_side_with_who_answers(
    house: make.House, cascade: tuple[list[Proposal], Arbitration]
) -> None:
    proposals, held = cascade
    page = text(see(house.people.mia, f"/arbitrations/{held.pk}/"))
    assert all(f'data-proposal="{each.pk}"' in page for each in proposals)
    assert page.count('name="choice"') == 5
    for words in ("Repricer", "Stocker", "Promoter", "Omar", "Olga", "Revenue an hour at stake", "Lowest margin after"):
        assert words in page
    listed = text(see(house.people.mia, "/arbitrations/"))
    assert f'data-arbitration="{held.pk}"' in listed


def test_who_may_not_decide_sees_why_and_who_sees_less_sees_nothing(
    house: make.House, cascade: tuple[list[Proposal], Arbitration]
) -> None:
    _, held = cascade
    page = text(see(house.people.omar, f"/arbitrations/{held.pk}/"))
    assert "Choosing needs the right to decide on every one of them" in page
    assert see(house.people.marco, f"/arbitrations/{held.pk}/").status_code == 404
    assert str(held.pk) not in text(see(house.people.marco, "/arbitrations/"))


def test_margins_are_for_who_may_see_cost(house: make.House, cascade: tuple[list[Proposal], Arbitration]) -> None:
    _, held = cascade
    assert "Lowest margin after" not in text(see(house.people.lena, f"/arbitrations/{held.pk}/"))


def test_choosing_one_leads_to_it_and_the_page_says_who_chose(
    house: make.House, cascade: tuple[list[Proposal], Arbitration]
) -> None:
    (price, stock, promotion), held = cascade
    answer = choose(house, held, str(price.pk))
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/reviews/{price.pk}/")
    assert {each.state for each in Proposal.objects.filter(pk__in=[stock.pk, promotion.pk])} == {"blocked"}
    page = text(see(house.people.mia, f"/arbitrations/{held.pk}/"))
    assert "One went on, the others were blocked." in page
    assert "Margin first." in page
    assert 'name="choice"' not in page
    assert str(held.pk) in text(see(house.people.mia, "/arbitrations/"))


@pytest.mark.parametrize(
    ("given", "code", "status"),
    [
        ({"choice": "both"}, "filter_unreadable", 400),
        ({"choice": "all", "reason_text": " "}, "reason_missing", 422),
        ({"choice": "all", "digest": "0" * 64}, "stale_digest", 409),
        ({"choice": "all", "reason_text": "x" * 2_001}, "reason_too_long", 422),
    ],
)
def test_a_refused_choice_leaves_one_event_and_nothing_else(
    house: make.House,
    cascade: tuple[list[Proposal], Arbitration],
    given: dict[str, str],
    code: str,
    status: int,
) -> None:
    _, held = cascade
    before = set(AuditEvent.objects.values_list("pk", flat=True))
    assert choose(house, held, **given).status_code == status
    fresh = AuditEvent.objects.exclude(pk__in=before)
    assert [(each.action, each.data["code"]) for each in fresh] == [("refused", code)]
    assert Arbitration.objects.get(pk=held.pk).settled_at is None


def test_the_proposal_says_that_it_is_held_and_its_button_why(
    house: make.House, cascade: tuple[list[Proposal], Arbitration]
) -> None:
    (price, _, _), held = cascade
    page = text(see(house.people.mia, f"/reviews/{price.pk}/"))
    assert f'href="/arbitrations/{held.pk}/"' in page
    assert "choose between them first" in page


def test_one_page_costs_the_same_for_three_and_for_five(
    house: make.House, cascade: tuple[list[Proposal], Arbitration]
) -> None:
    _, held = cascade

    def count() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert see(house.people.mia, f"/arbitrations/{held.pk}/").status_code == 200
        return len(caught)

    count()
    few = count()
    propose(house, house.change(after=20_500), by=house.people.fay)
    propose(house, house.change(after=20_400), by=house.people.lena)
    assert held.parties.count() == 5
    assert count() == few
