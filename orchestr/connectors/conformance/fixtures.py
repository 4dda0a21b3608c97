"""What the parts of the suite share."""

from collections.abc import Iterator

import pytest

from orchestr.connectors.base import Session
from orchestr.connectors.conformance.subject import Example, Shelf, Subject, live, sweep


class Fixtures:
    """Sessions of the live system, one sweep of it, and the writes to try."""

    @pytest.fixture(scope="class")
    @classmethod
    def subject(cls) -> Subject:
        raise NotImplementedError("Give your class a class-scoped fixture `subject` that returns a Subject.")

    @pytest.fixture(scope="class")
    @classmethod
    def reader(cls, subject: Subject) -> Iterator[Session]:
        session = subject.open("read")
        yield session
        session.close()

    @pytest.fixture(scope="class")
    @classmethod
    def publisher(cls, subject: Subject) -> Iterator[Session]:
        session = subject.open("publish")
        yield session
        session.close()

    @pytest.fixture(scope="class")
    @classmethod
    def shelf(cls, reader: Session) -> Shelf:
        return sweep(reader)

    @pytest.fixture
    def examples(self, subject: Subject, shelf: Shelf, reader: Session) -> Iterator[list[Example]]:
        """One write for each writable field, from the value it has at this moment; put back by whoever tries it."""
        found = shelf.examples(subject.declaration)
        assert found or not any(one.writable for one in subject.declaration.fields), (
            "No writable field has a value in the catalogue: put some into the system."
        )
        started = [
            Example(target=one.target, before=before, after=one.after)
            for one in found
            if (before := live(reader, one.target)[0]) is not None and before != one.after
        ]
        yield started
        for one in started:
            if one.target.type != "stock":  # which moves while a shop sells
                assert live(reader, one.target)[0] == one.before, f"{one.target} was not put back."
