"""Which events an account may see, from its grants."""

from typing import TYPE_CHECKING

from audit.selection import Sight
from orchestr.catalogue.models import Segment
from orchestr.people.eligibility import segments_with
from orchestr.people.functions import Function

if TYPE_CHECKING:
    from orchestr.people.models import Account


def sight_of(account: "Account") -> Sight:
    """Events whose every segment the account may see; those of no segment for auditors and admins."""
    ids = segments_with(account, "view_segment")
    keys = Segment.objects.filter(id__in=ids).values_list("key", flat=True)
    return Sight(
        segments=frozenset({*map(str, ids), *keys}),
        unsegmented=bool(account.functions & {Function.AUDITOR, Function.ADMIN}),
    )
