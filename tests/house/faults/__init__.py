"""What the product survives, in a line each, and the tests that show it. `tests/house/test_faults.py` holds it."""

from tests.house.faults.audit import AUDIT
from tests.house.faults.autonomy import AUTONOMY
from tests.house.faults.content import CONTENT
from tests.house.faults.decisions import DECISIONS
from tests.house.faults.execution import EXECUTION
from tests.house.faults.identity_and_scope import IDENTITY_AND_SCOPE
from tests.house.faults.reverts import REVERTS
from tests.house.faults.swarms import SWARMS

FAULTS: dict[str, dict[str, tuple[str, ...]]] = {
    "decisions": DECISIONS,
    "execution": EXECUTION,
    "reverts": REVERTS,
    "identity and scope": IDENTITY_AND_SCOPE,
    "content": CONTENT,
    "audit": AUDIT,
    "swarms": SWARMS,
    "autonomy": AUTONOMY,
}
