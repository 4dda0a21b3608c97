"""Policy version 1: the product's default, drafted by Ada and confirmed by Olga."""

from datetime import datetime

from demo.seed.agents import REASON, confirm
from orchestr.people.models import Account
from orchestr.policy.default import default_rules
from orchestr.rulebook.drafts import draft_policy
from orchestr.rulebook.models import PolicyVersion
from orchestr.rulebook.publish import request_publication


def publish_first(*, by: Account, with_: Account, at: datetime) -> None:
    """Put version 1 in force unless there is a policy already."""
    if PolicyVersion.objects.exists():
        return
    row = draft_policy(rules=default_rules(), by=by, at=at)
    confirm(request_publication(number=row.number, reason=REASON, by=by, at=at), by=with_, at=at)
