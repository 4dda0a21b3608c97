"""Every right of one account at once, for pages that ask for several. The same rules as `eligibility`."""

from collections import defaultdict
from typing import get_args
from uuid import UUID

from orchestr.catalogue.tree import tree
from orchestr.people.eligibility import Right
from orchestr.people.models import Account, SegmentAccountGrant, SegmentGroupGrant


def segments_by_right(account: Account) -> dict[str, frozenset[UUID]]:
    """The segments on which the account holds each right, descendants included (three queries)."""
    granted: dict[str, set[UUID]] = defaultdict(set)
    if account.is_active:
        own = SegmentAccountGrant.objects.filter(user=account)
        for right, segment_id in own.values_list("permission__codename", "content_object_id"):
            granted[right].add(segment_id)
        groups = SegmentGroupGrant.objects.filter(group__user=account)
        for right, segment_id in groups.values_list("permission__codename", "content_object_id"):
            granted[right].add(segment_id)
    segments = tree()
    lineages = {id: segments.lineage(id) for id in segments.keys if id not in segments.rules}
    return {
        right: frozenset(id for id, lineage in lineages.items() if lineage & granted[right])
        for right in get_args(Right)
    }
