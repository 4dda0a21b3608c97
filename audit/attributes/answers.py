"""What an auditor checks of a published proposal, read off its events alone.

For each: the events the answer rests on, so that a person can look for themselves. An answer is yes, no, or none where
the events do not tell (nothing of that kind was needed, or an older release did not record it).
"""

from collections.abc import Sequence

from audit.attributes.decided import authorised, distinct
from audit.attributes.events import cases_of
from audit.attributes.judged import policy
from audit.attributes.shown import fresh, read_back
from audit.attributes.told import Attributes
from audit.models import AuditEvent


def attributes_of(published: Sequence[AuditEvent]) -> list[Attributes]:
    """The attributes of each `proposal.published` event, in that order; a fixed number of statements."""
    return [
        Attributes(
            authorised=authorised(case),
            distinct=distinct(case),
            policy=policy(case),
            fresh=fresh(case),
            read_back=read_back(case),
        )
        for case in cases_of(published)
    ]
