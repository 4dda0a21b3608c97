"""Several alike at once: asked first, then decided each for itself."""

import re

import pytest

from audit.models import AuditEvent
from orchestr.people.models import Account
from orchestr.proposals.models import Decision, Proposal
from tests import make, people
from tests.proposals.propose import dual, propose, single
from tests.reviews.browse import act, browser, refused, text


def press(account: Account, *picked: Proposal, **fields: str) -> str:
    return text(posted(account, *picked, **fields))


def posted(account: Account, *picked: Proposal, **fields: str):  # type: ignore[no-untyped-def]
    given = {"verdict": "approve", "select": [f"{each.pk}:{each.digest}" for each in picked]}
    return browser(account).post("/reviews/bulk/", given | fields)


def alike(house: make.House) -> list[Proposal]:
    return [propose(house, house.change(resource, after=19_000)) for resource in (house.jacket, house.jacket_2)]


def test_it_asks_first_and_decides_nothing(house: make.House) -> None:
    picked = alike(house)
    page = press(house.people.mia, *picked)
    assert "Approve 2 proposals" in page
    assert not Decision.objects.exists()
    assert re.findall(r'name="select" value="([^"]+)"', page) == [f"{each.pk}:{each.digest}" for each in picked]


def test_each_is_decided_for_itself_with_a_result(house: make.House) -> None:
    first, second = alike(house)
    page = press(house.people.mia, first, second, confirm="yes")
    assert "2 of 2 decided" in page
    assert set(Proposal.objects.values_list("state", flat=True)) == {"approved"}


def test_one_that_moved_stops_no_other(house: make.House) -> None:
    first, second = alike(house)
    act(house.people.fay, "block", first, reason_code="margin", reason_text="No.")
    events = AuditEvent.objects.filter(action="refused").count()
    page = press(house.people.mia, first, second, confirm="yes")
    assert "1 of 2 decided" in page
    assert "Fay was first" in page
    assert AuditEvent.objects.filter(action="refused").count() == events + 1
    second.refresh_from_db()
    assert second.state == "approved"


def test_blocking_together_takes_one_reason_for_all(house: make.House) -> None:
    picked = alike(house)
    press(house.people.mia, *picked, verdict="block", confirm="yes", reason_code="timing", reason_text="Not today.")
    assert set(Decision.objects.values_list("verdict", "reason_code", "reason")) == {("block", "timing", "Not today.")}


def test_the_owner_of_the_agent_is_refused_for_each(house: make.House) -> None:
    people.grant(house.people.ada, people.DECIDE, house.apparel)
    page = press(house.people.ada, *alike(house), confirm="yes")
    assert "0 of 2 decided" in page
    assert not Decision.objects.exists()
    assert AuditEvent.objects.filter(action="refused", data__code="own_work").count() == 2


def test_refuses_what_is_not_alike(house: make.House) -> None:
    first, other = single(house), propose(house, house.change(house.jacket_2, after=16_000))
    refused(lambda: posted(house.people.mia, first, other, confirm="yes"), first, "not_alike", 422)


def test_refuses_a_selection_of_which_a_part_is_invisible(house: make.House) -> None:
    seen, hidden = single(house), propose(house, house.change(house.tent, after=19_000))
    refused(lambda: posted(house.people.mia, seen, hidden), seen, "not_found", 404)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"verdict": "publish"}, "verdict_unreadable"),
        ({"select": "x:y"}, "selection_unreadable"),
        ({"select": ""}, "selection_unreadable"),
    ],
)
def test_refuses_what_cannot_be_read(house: make.House, fields: dict[str, str], code: str) -> None:
    proposal = dual(house)
    refused(lambda: posted(house.people.mia, proposal, **fields), proposal, code, 422)
