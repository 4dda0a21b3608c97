"""How it writes."""

import uuid

from orchestr.connectors.base import Accepted, Conflict, Rejected, Session
from orchestr.connectors.conformance.fixtures import Fixtures
from orchestr.connectors.conformance.subject import Example, Subject, attempt, live, values


def fresh() -> str:
    return f"conformance:{uuid.uuid4()}"


def put(session: Session, example: Example, *, back: bool = False) -> None:
    """Write it, or put it back, with the token of the moment. Fails the test where it is not accepted."""
    before, after = (example.after, example.before) if back else (example.before, example.after)
    value, token = live(session, example.target)
    outcome = attempt(session, example.target, before=value if back else before, after=after, key=fresh(), token=token)
    assert isinstance(outcome, Accepted), f"{example.target}: expected Accepted, got {outcome}."


class Writes(Fixtures):
    def test_a_value_goes_there_and_back(self, examples: list[Example], publisher: Session, reader: Session) -> None:
        for example in examples:
            put(publisher, example)
            try:
                assert live(reader, example.target)[0] == example.after, f"{example.target} was accepted, not written."
            finally:
                put(publisher, example, back=True)
            assert live(reader, example.target)[0] == example.before, f"{example.target} did not go back."

    def test_siblings_are_named_and_left_alone(
        self, examples: list[Example], publisher: Session, reader: Session
    ) -> None:
        for example in examples:
            siblings = publisher.siblings(example.target)
            assert example.target not in siblings, "A value is not its own sibling."
            before = values(reader, siblings)
            put(publisher, example)
            try:
                after = values(reader, siblings)
            finally:
                put(publisher, example, back=True)
            assert before == after, f"Writing {example.target} changed something else: {siblings}."

    def test_a_value_that_moved_is_a_conflict(
        self, examples: list[Example], publisher: Session, reader: Session, subject: Subject
    ) -> None:
        """A second login edits between the read and the write; its value stays."""
        second = subject.open("publish")
        try:
            for example in examples:
                _, token = live(publisher, example.target)
                put(second, example)
                try:
                    outcome = attempt(
                        publisher,
                        example.target,
                        before=example.before,
                        after=example.before,
                        key=fresh(),
                        token=token,
                        timeout_s=subject.timeout_s,
                    )
                    assert isinstance(outcome, Conflict), f"{example.target}: expected Conflict, got {outcome}."
                    assert outcome.live == example.after, "A conflict carries the live value."
                    assert live(reader, example.target)[0] == example.after, "A conflict writes nothing."
                finally:
                    put(second, example, back=True)
        finally:
            second.close()

    def test_a_conflict_is_found_without_a_token_too(self, examples: list[Example], publisher: Session) -> None:
        for example in examples:
            outcome = attempt(publisher, example.target, before=example.after, after=example.before, key=fresh())
            assert isinstance(outcome, Conflict), f"{example.target}: `before` was wrong, got {outcome}."

    def test_a_session_for_reading_writes_nothing(self, examples: list[Example], reader: Session) -> None:
        for example in examples:
            outcome = attempt(reader, example.target, before=example.before, after=example.after, key=fresh())
            assert isinstance(outcome, Rejected), f"A session opened to read answered {outcome} to a write."
            assert live(reader, example.target)[0] == example.before

    def test_the_systems_own_rights_stop_the_reading_credential(
        self, examples: list[Example], reader: Session, subject: Subject
    ) -> None:
        """Even if our own check were wrong: the credential itself cannot write."""
        wrong = subject.connector.open(subject.system, subject.credentials["read"], "publish")
        try:
            for example in examples:
                outcome = attempt(wrong, example.target, before=example.before, after=example.after, key=fresh())
                assert isinstance(outcome, Rejected), f"The reading credential could write: {outcome}."
                assert live(reader, example.target)[0] == example.before
        finally:
            wrong.close()

    def test_amounts_and_counts_below_nothing_are_refused(
        self, examples: list[Example], publisher: Session, reader: Session
    ) -> None:
        for example in examples:
            below = (
                {**example.before, "amount": -1}
                if isinstance(example.before, dict) and "amount" in example.before
                else -1
            )
            outcome = attempt(publisher, example.target, before=example.before, after=below, key=fresh())
            assert isinstance(outcome, Rejected), f"{example.target} = {below} was not refused: {outcome}."
            assert live(reader, example.target)[0] == example.before

    def test_another_currency_is_refused(self, examples: list[Example], publisher: Session, reader: Session) -> None:
        for example in examples:
            if isinstance(example.before, dict) and "currency" in example.before:
                foreign = {**example.after, "currency": "XTS"}
                outcome = attempt(publisher, example.target, before=example.before, after=foreign, key=fresh())
                assert isinstance(outcome, Rejected), f"{example.target} in XTS was not refused: {outcome}."
                assert live(reader, example.target)[0] == example.before

    def test_what_cannot_be_written_is_refused(
        self, subject: Subject, examples: list[Example], publisher: Session
    ) -> None:
        for example in examples[:1]:
            target = type(example.target)(
                type=example.target.type,
                id=example.target.id,
                ref=example.target.ref,
                field="no_such_field",
                address=example.target.address,
            )
            assert isinstance(attempt(publisher, target, before=None, after=1, key=fresh()), Rejected)

    def test_what_is_created_can_be_removed(self, subject: Subject, publisher: Session, reader: Session) -> None:
        declared = any(tool.reversibility == "delete_created" for tool in subject.declaration.tools)
        assert bool(subject.creations) is declared, (
            "Give the subject `creations`: a tool declares delete_created." if declared else "Nothing can be created."
        )
        for example in subject.creations:
            put(publisher, example)
            try:
                made, _ = live(reader, example.target)
                assert made is not None, f"{example.target} was accepted and is not there."
                outcome = attempt(publisher, example.target, before=None, after=example.after, key=fresh())
                assert isinstance(outcome, Conflict), f"Creating it a second time answered {outcome}."
            finally:
                put(publisher, example, back=True)
            assert live(reader, example.target)[0] is None, f"{example.target} was removed and is still there."
