"""What one approved price costs in statements: it must not creep up unseen."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import make
from tests.execution.approved import approved, clock_after_window, work

ALLOWED = 55


def test_a_one_item_proposal_is_carried_out_in_few_statements(house: make.House) -> None:
    approved(house, house.change(after=19_000))
    work(clock_after_window())  # What a process keeps is kept from here on.
    proposal = approved(house, house.change(house.jacket_2, after=19_000))
    with CaptureQueriesContext(connection) as seen:
        work(clock_after_window())
    proposal.refresh_from_db()
    assert proposal.state == "published"
    assert len(seen) <= ALLOWED, f"{len(seen)}\n" + "\n".join(query["sql"][:150] for query in seen)


def test_a_drain_that_finds_nothing_asks_twice(house: make.House) -> None:
    with CaptureQueriesContext(connection) as seen:
        work(clock_after_window())
    assert len([query for query in seen if "SAVEPOINT" not in query["sql"]]) == 2
