"""A pytest suite that every connector passes against a live system. See docs/connectors.md.

    from orchestr.connectors.conformance import Conformance, Subject

    class TestMyShop(Conformance):
        @pytest.fixture(scope="class")
        @classmethod
        def subject(cls) -> Subject:
            return Subject(connector=CONNECTOR, system=..., credentials={"read": ..., "publish": ...})

It needs pytest and a system whose values may be changed: it puts back what it changes.
"""

from orchestr.connectors.conformance.subject import Example, Subject
from orchestr.connectors.conformance.suite import Conformance

__all__ = ["Conformance", "Example", "Subject"]
