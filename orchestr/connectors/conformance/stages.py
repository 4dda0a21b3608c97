"""How it stages, where its tools say so; and that it stages nothing where they do not."""

import pytest

from orchestr.connectors.base import (
    Accepted,
    CapabilityMissing,
    Conflict,
    Json,
    Rejected,
    Session,
    Target,
    WriteRequest,
)
from orchestr.connectors.conformance.fixtures import Fixtures
from orchestr.connectors.conformance.subject import Example, Subject, live
from orchestr.connectors.conformance.writes import fresh, put


def request_of(example: Example, *, back: bool = False, staged: bool = False) -> WriteRequest:
    before, after = (example.after, example.before) if back else (example.before, example.after)
    return WriteRequest(target=example.target, before=before, after=after, operation_key=fresh(), staged=staged)


def staged(session: Session, target: Target) -> Json:
    (seen,) = session.read_staged([target])
    return seen.value


def stageable(subject: Subject, examples: list[Example]) -> list[Example]:
    """The examples whose tools stage."""
    tools = ((each, subject.declaration.tool_for(type=each.target.type, field=each.target.field)) for each in examples)
    return [each for each, tool in tools if tool is not None and tool.stages]


class Stages(Fixtures):
    def test_what_is_staged_is_not_live_until_it_is_written(
        self, subject: Subject, examples: list[Example], publisher: Session, reader: Session
    ) -> None:
        for example in stageable(subject, examples):
            outcome = publisher.stage(request_of(example))
            assert isinstance(outcome, Accepted), f"{example.target}: staging it answered {outcome}."
            try:
                assert staged(reader, example.target) == example.after, f"{example.target} was accepted, not staged."
                assert live(reader, example.target)[0] == example.before, f"Staging {example.target} made it live."
                went = publisher.write(request_of(example, staged=True))
                assert isinstance(went, Accepted), f"{example.target} was staged and could not go live: {went}."
                assert live(reader, example.target)[0] == example.after
            finally:
                put_all_back(publisher, example)
            assert (live(reader, example.target)[0], staged(reader, example.target)) == (example.before,) * 2

    def test_what_is_staged_can_be_taken_back(
        self, subject: Subject, examples: list[Example], publisher: Session, reader: Session
    ) -> None:
        for example in stageable(subject, examples):
            assert isinstance(publisher.stage(request_of(example)), Accepted)
            again = publisher.stage(request_of(example))
            assert isinstance(again, Conflict), (
                f"Another value is staged than `before`: expected Conflict, got {again}."
            )
            assert isinstance(publisher.stage(request_of(example, back=True)), Accepted)
            assert (live(reader, example.target)[0], staged(reader, example.target)) == (example.before,) * 2

    def test_nothing_goes_live_that_we_have_not_staged(
        self, subject: Subject, examples: list[Example], publisher: Session, reader: Session
    ) -> None:
        for example in stageable(subject, examples):
            outcome = publisher.write(request_of(example, staged=True))
            assert isinstance(outcome, Rejected), f"{example.target} was never staged, and {outcome}."
            assert live(reader, example.target)[0] == example.before

    def test_a_connector_that_stages_nothing_says_so(
        self, subject: Subject, examples: list[Example], publisher: Session, reader: Session
    ) -> None:
        for example in examples:
            outcome = reader.stage(request_of(example))
            assert isinstance(outcome, Rejected), f"A session opened to read answered {outcome} to staging."
        if any(tool.stages for tool in subject.declaration.tools):
            return
        for example in examples[:1]:
            assert isinstance(publisher.stage(request_of(example)), Rejected)
            with pytest.raises(CapabilityMissing):
                publisher.read_staged([example.target])


def put_all_back(publisher: Session, example: Example) -> None:
    """Wherever it stands: live and staged as before."""
    if live(publisher, example.target)[0] == example.after:
        put(publisher, example, back=True)
    elif staged(publisher, example.target) == example.after:
        assert isinstance(publisher.stage(request_of(example, back=True)), Accepted)
