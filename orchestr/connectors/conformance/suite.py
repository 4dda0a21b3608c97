"""The suite. Every failure says what was seen, what was expected by which clause of the docs, and what to do.

Nothing is skipped: where a connector does not declare a capability, the test holds it to that.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from orchestr.connectors.conformance.clauses import CLAUSES, Clause
from orchestr.connectors.conformance.declares import Declares
from orchestr.connectors.conformance.fails import Fails
from orchestr.connectors.conformance.offers import Offers
from orchestr.connectors.conformance.reads import Reads
from orchestr.connectors.conformance.stages import Stages
from orchestr.connectors.conformance.writes import Writes


class Conformance(Declares, Reads, Writes, Stages, Fails, Offers):
    """Subclass it as `Test…` and give it a class-scoped fixture called `subject`."""


def _explained(test: Callable[..., None], clause: Clause) -> Callable[..., None]:
    """The same test, whose failure carries its clause. What a connector raises by mistake is explained, too."""

    @wraps(test)
    def run(*given: Any, **named: Any) -> None:
        try:
            test(*given, **named)
        except BaseException as failure:  # also pytest's own, which is no Exception
            failure.add_note(str(clause))
            raise

    return run


for _name, _one in CLAUSES.items():
    setattr(Conformance, _name, _explained(getattr(Conformance, _name), _one))
