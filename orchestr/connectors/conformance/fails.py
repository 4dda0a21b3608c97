"""How it fails: what is not known is said to be not known, and nothing else is."""

from urllib.parse import urlsplit

from orchestr.connectors.base import Accepted, Ambiguous, NotSent, Session, SystemUnavailable
from orchestr.connectors.conformance.fixtures import Fixtures
from orchestr.connectors.conformance.proxy import LosingProxy, closed_port
from orchestr.connectors.conformance.subject import Example, Subject, attempt, live
from orchestr.connectors.conformance.writes import fresh, put

MOST_REQUESTS = 12  # that one write may take, sign-in included


class Fails(Fixtures):
    def test_a_system_that_is_down_was_sent_nothing(self, subject: Subject, examples: list[Example]) -> None:
        down = subject.at(port=closed_port()).open("publish")
        try:
            for example in examples:
                outcome = attempt(down, example.target, before=example.before, after=example.after, key=fresh())
                assert isinstance(outcome, NotSent), f"Nothing listens there, yet the outcome is {outcome}."
        finally:
            down.close()

    def test_reading_a_system_that_is_down_is_transient(self, subject: Subject, examples: list[Example]) -> None:
        down = subject.at(port=closed_port()).open("read")
        try:
            for example in examples[:1]:
                try:
                    down.read([example.target])
                except SystemUnavailable:
                    continue
                raise AssertionError("A read of a system that is down raises SystemUnavailable.")
        finally:
            down.close()

    def test_a_lost_answer_is_never_taken_for_an_outcome(
        self, subject: Subject, examples: list[Example], publisher: Session
    ) -> None:
        """The answers from the n-th request on are lost, for every n: the requests arrive all the same."""
        for example in examples:
            kinds = []
            for answered in range(MOST_REQUESTS):
                outcome = self._write_losing(subject, example, answered=answered)
                value, _ = live(publisher, example.target)
                kinds.append(type(outcome))
                if isinstance(outcome, NotSent):
                    assert value == example.before, f"{example.target}: NotSent, but it was written."
                    continue
                if value != example.before:
                    put(publisher, example, back=True)
                if isinstance(outcome, Accepted):
                    assert value == example.after, f"{example.target}: Accepted, but not written."
                    break
                assert isinstance(outcome, Ambiguous), f"{example.target}: a lost answer is Ambiguous, got {outcome}."
            assert kinds[-1] is Accepted, f"A write took more than {MOST_REQUESTS} requests: {kinds}."
            assert Ambiguous in kinds, (
                f"{example.target}: the answer to the write was lost and nothing said so: {kinds}."
            )

    def _write_losing(self, subject: Subject, example: Example, *, answered: int) -> object:
        parts = urlsplit(subject.system.url)
        with LosingProxy(host=parts.hostname or "127.0.0.1", port=parts.port or 80, answered=answered) as proxy:
            session = subject.at(port=proxy.port).open("publish")
            try:
                return attempt(
                    session,
                    example.target,
                    before=example.before,
                    after=example.after,
                    key=fresh(),
                    timeout_s=subject.timeout_s,
                )
            finally:
                session.close()
