"""Who may see, decide and put back, where. The only reader of grants; every door asks here.

A right on a segment covers its descendants. Superusers have no rights here: the flag opens no door.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from django.db import connection
from django.db.models import Q

from orchestr.catalogue.tree import tree
from orchestr.catalogue.tree import with_descendants as with_descendants
from orchestr.generation import kept
from orchestr.ids import in_array
from orchestr.people.functions import Function, functions_of
from orchestr.people.models import Account, SegmentAccountGrant, SegmentGroupGrant

Right = Literal["view_segment", "decide_segment", "revert_segment", "cost_segment"]


@dataclass(frozen=True, slots=True)
class Decider:
    """A person who could decide, with every function any of their accounts holds for this."""

    person_id: UUID
    functions: frozenset[str]


def segments_with(account: Account, right: Right) -> frozenset[UUID]:
    """The ids of every segment on which the account holds the right, descendants included."""
    return _granted(account.pk, right) if account.is_active else frozenset()


@kept
def _granted(account_id: UUID, right: Right) -> frozenset[UUID]:
    own = SegmentAccountGrant.objects.filter(user_id=account_id, permission__codename=right)
    groups = SegmentGroupGrant.objects.filter(group__user=account_id, permission__codename=right)
    granted = set(own.values_list("content_object_id", flat=True)) | set(
        groups.values_list("content_object_id", flat=True)
    )
    return with_descendants(granted)


_SETS = "SELECT id FROM orchestr_segment_set WHERE segment_ids <@ %(held)s::uuid[]"


def segment_sets_with(account: Account, right: Right) -> list[UUID]:
    """The ids of the segment sets all of whose segments the account holds the right on."""
    held = segments_with(account, right)
    if not held:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_SETS, {"held": in_array(held)})
        return [id for (id,) in cursor.fetchall()]


def holds_on(account: Account, right: Right, segment_ids: Collection[UUID]) -> bool:
    """Whether the account holds the right on every one of these segments."""
    return bool(segment_ids) and set(segment_ids) <= segments_with(account, right)


@dataclass(frozen=True, slots=True)
class Held:
    """What one account holds: segments by one right, descendants included, and functions."""

    segments: frozenset[UUID]
    functions: frozenset[str]


@kept
def held_by(account_id: UUID, right: Right) -> Held:
    """The same as `segments_with` and `functions_of`, for an account known by its id; nothing if inactive or gone."""
    account = Account.objects.filter(pk=account_id, is_active=True).first()
    if account is None:
        return Held(frozenset(), frozenset())
    return Held(segments_with(account, right), functions_of(account))


@kept
def covered_by_person(person_id: UUID, right: Right) -> tuple[frozenset[str], ...]:
    """For each account of this person that is in use: the keys of the segments on which it holds the right."""
    keys = tree().keys
    accounts = Account.objects.filter(person_id=person_id, is_active=True).order_by("id")
    return tuple(frozenset(keys[id] for id in segments_with(account, right)) for account in accounts)


def deciders_on(segment_ids: Collection[UUID], *, without: Collection[UUID] = ()) -> list[Decider]:
    """Every person with an account that may decide on all of these segments, but for `without`.

    `without` holds the persons who may not decide here: the proposer, the agent's owner, the last editor.
    Reads a fixed number of queries, whatever the number of accounts.
    """
    return [each for each in _able(frozenset(segment_ids)) if each.person_id not in without]


@kept
def _able(segment_ids: frozenset[UUID]) -> list[Decider]:
    known = tree()
    lineages = [known.lineage(segment_id) for segment_id in segment_ids]
    if not lineages:
        return []
    above = set().union(*lineages)
    by_account: dict[UUID, set[UUID]] = defaultdict(set)
    own = SegmentAccountGrant.objects.filter(permission__codename="decide_segment", content_object_id__in=above)
    for account_id, segment_id in own.values_list("user_id", "content_object_id"):
        by_account[account_id].add(segment_id)
    groups = SegmentGroupGrant.objects.filter(permission__codename="decide_segment", content_object_id__in=above)
    for account_id, segment_id in groups.values_list("group__user", "content_object_id"):
        if account_id is not None:
            by_account[account_id].add(segment_id)
    able = [id for id, held in by_account.items() if all(held & lineage for lineage in lineages)]
    functions: dict[UUID, set[str]] = defaultdict(set)
    accounts = Account.objects.filter(Q(id__in=able), is_active=True)
    for person_id, name in accounts.values_list("person_id", "groups__name"):
        functions[person_id] |= {name} & {str(function) for function in Function}
    return [Decider(person_id, frozenset(names)) for person_id, names in functions.items()]
