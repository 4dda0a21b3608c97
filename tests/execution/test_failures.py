"""Which kind of failure each end of a call is, and what is tried again how often."""

import pytest

from orchestr.connectors.base import (
    Accepted,
    Ambiguous,
    Conflict,
    CredentialMissing,
    NotSent,
    Rejected,
    SystemRefused,
    SystemUnavailable,
    WriteOutcome,
)
from orchestr.execution.failures import RETRIES, Failure, FailureClass, back_off, exhausted, of_error, of_outcome

TRANSIENT, THROTTLED, PERMANENT, AMBIGUOUS = FailureClass

OUTCOMES: tuple[tuple[WriteOutcome, FailureClass | None], ...] = (
    (Accepted(), None),
    (Conflict(live=1), None),
    (Rejected(code="not_for_sale"), PERMANENT),
    (NotSent(reason="refused_connection"), TRANSIENT),
    (NotSent(reason="too_many_requests", retry_after_s=30), THROTTLED),
    (NotSent(reason="too_many_requests", retry_after_s=0), THROTTLED),
    (Ambiguous(reason="timed out"), AMBIGUOUS),
)
ERRORS: tuple[tuple[Exception, FailureClass], ...] = (
    (SystemUnavailable("unreachable", "down"), TRANSIENT),
    (SystemUnavailable("too_many_requests", "slow", retry_after_s=5), THROTTLED),
    (SystemRefused("forbidden", "the credential lacks a right"), PERMANENT),
    (CredentialMissing("shop", "publish", "it is not set"), TRANSIENT),
    (LookupError("no connector"), TRANSIENT),
)


@pytest.mark.parametrize(("outcome", "kind"), OUTCOMES, ids=lambda part: type(part).__name__)
def test_each_end_of_a_write_is_of_one_kind(outcome: WriteOutcome, kind: FailureClass | None) -> None:
    failure = of_outcome(outcome)
    assert (failure.kind if failure else None) == kind


@pytest.mark.parametrize(("error", "kind"), ERRORS, ids=lambda part: type(part).__name__)
def test_each_error_of_a_read_is_of_one_kind(error: Exception, kind: FailureClass) -> None:
    assert of_error(error).kind == kind


def test_an_error_that_no_connector_may_raise_is_not_taken_for_a_failure_of_the_system() -> None:
    with pytest.raises(ZeroDivisionError):
        of_error(ZeroDivisionError())


@pytest.mark.parametrize(
    ("kind", "attempts", "over"),
    [
        (TRANSIENT, 1, False),
        (TRANSIENT, 39, False),
        (TRANSIENT, 40, True),
        (THROTTLED, 10_000, False),
        (PERMANENT, 0, True),
        (AMBIGUOUS, 0, True),
    ],
)
def test_only_what_was_certainly_not_sent_is_tried_again(kind: FailureClass, attempts: int, over: bool) -> None:
    assert exhausted(Failure(kind, "any"), attempts) == over


@pytest.mark.parametrize("kind", sorted(RETRIES))
def test_pauses_grow_to_a_bound_and_are_spread(kind: FailureClass) -> None:
    retry = RETRIES[kind]
    for attempts in range(60):
        most = min(retry.longest_s, retry.first_s * 2**attempts)
        seconds = [back_off(attempts, kind).total_seconds() for _ in range(20)]
        assert 0.6 * most <= min(seconds) < max(seconds) <= most
