"""Where an execution stands: what it waits for, since when, what comes by itself and what its end means."""

from datetime import timedelta

import pytest

from orchestr.execution.models import Breaker, Execution
from reviews.executing.course import said_now
from reviews.executing.progress import Progress
from reviews.standing_by import waits_by_name
from reviews.words.targets import target_names
from tests import make


def said(execution: Execution, **counts: int) -> str:
    settled = sum(n for state, n in counts.items() if state not in ("unknown", "applied_not_effective", "pending"))
    return " ".join(said_now(execution, Progress(counts=counts, settled=settled), at=make.now()))


def test_a_system_that_does_not_answer_is_named_with_its_age_and_the_next_try(house: make.House) -> None:
    at = make.now()
    Breaker.objects.create(
        system=house.shop,
        failures=3,
        until=at + timedelta(seconds=40),
        opened_at=at - timedelta(minutes=3),
        state="open",
    )
    words = said(Execution(kind="apply", state="queued", held_by=f"breaker:{house.shop.key}"), pending=2)
    assert words.startswith(f"{house.shop.name} has not answered for 3 min. One worker tries it again in ")
    assert "there is nothing to press" in words


def test_a_breaker_that_is_closed_by_now_says_that_it_goes_on(house: make.House) -> None:
    words = said(Execution(kind="apply", state="queued", held_by=f"breaker:{house.shop.key}"), pending=2)
    assert words == f"{house.shop.name} answers again. It goes on by itself."


def test_a_freeze_is_named_and_what_lifts_it(house: make.House) -> None:
    words = said(Execution(kind="apply", state="held", held_by="workflow:clearance"), pending=2)
    assert words.startswith(f"Workflow {house.workflow.name} is frozen.")
    assert "until two people lift that, or its planned end" in words


def test_what_is_not_seen_yet_is_not_called_settled_and_says_how_long_it_is_watched(house: make.House) -> None:
    words = said(Execution(kind="apply", state="queued"), applied=1, applied_not_effective=1)
    assert words.startswith("1 of 2 items are settled.")
    assert "read again for a quarter of an hour" in words


@pytest.mark.parametrize(
    ("kind", "counts", "end"),
    [
        ("apply", {"applied": 2}, "It is over."),
        ("apply", {"applied": 1, "conflict": 1}, "To try that again, propose it anew."),
        ("revert", {"restored": 1, "kept": 1}, "It is over: what was not put back stays as it is."),
    ],
)
def test_an_end_says_what_becomes_of_the_rest(house: make.House, kind: str, counts: dict[str, int], end: str) -> None:
    assert said(Execution(kind=kind, state="done"), **counts).endswith(end)


def test_tags_and_targets_name_things_in_one_query_a_kind(house: make.House, django_assert_num_queries: object) -> None:
    shop, flow = house.shop, house.workflow
    with django_assert_num_queries(2):  # type: ignore[operator]
        tags = waits_by_name([f"breaker:{shop.key}", f"rate:{shop.key}", f"workflow:{flow.key}", "windows", ""])
    assert tags == {
        f"breaker:{shop.key}": f"{shop.name} does not answer",
        f"rate:{shop.key}": f"{shop.name} is called no faster than allowed",
        f"workflow:{flow.key}": f"Workflow {flow.name} is frozen",
        "windows": "waits for its publication window",
        "": "",
    }
    assert target_names(["all", "agent:gone"]) == {"all": "Everything", "agent:gone": "Agent gone"}
