"""The suite. Every test says in its failure what a connector must do instead.

Nothing is skipped: where a connector does not declare a capability, the test holds it to that.
"""

from orchestr.connectors.conformance.declares import Declares
from orchestr.connectors.conformance.fails import Fails
from orchestr.connectors.conformance.offers import Offers
from orchestr.connectors.conformance.reads import Reads
from orchestr.connectors.conformance.writes import Writes


class Conformance(Declares, Reads, Writes, Fails, Offers):
    """Subclass it as `Test…` and give it a class-scoped fixture called `subject`."""
