"""Accounting for a discrepancy: one person says why it came to be, another confirms (a control change)."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from audit.actors import Actor
from audit.models import RowChange
from audit.record import record
from orchestr.discrepancies.models import Acknowledgement, DifferingRow, Discrepancy
from orchestr.governance import control
from orchestr.governance.models import ControlChange
from orchestr.people.functions import Function
from orchestr.people.models import Account, Person
from orchestr.policy.values import Json
from orchestr.refusal import Kind, Refusal, absent

ACKNOWLEDGE = "discrepancy.acknowledge"
MAY = frozenset({str(Function.ADMIN), str(Function.AUDITOR)})
_MOST = 1_000  # rows looked through for whose hand it was
# Columns by which a governed row says which person or account acted, or whose right it is.
_PERSONS = ("person_id", "author_id", "approver_id")  # and each that ends with _by_id
_ACCOUNTS = ("account_id", "user_id")


def request_acknowledgement(
    *, discrepancy_id: UUID, digest: str, why: str, by: Account, at: datetime, made_by: UUID | None = None
) -> ControlChange:
    """Say why a discrepancy came to be, and by whose hand (a person's id) where that is known.

    Nothing changes before a second person confirms it. Refuses who is neither admin nor auditor, an empty reason, what
    is not there or acknowledged already, a maker who is nobody, and a digest that is not that of the discrepancy.
    """
    control.entitled(ACKNOWLEDGE, by)
    row = Discrepancy.objects.filter(pk=discrepancy_id).first()
    if row is None:
        raise absent("discrepancy")
    if digest != row.digest:
        raise _stale(row)
    if Acknowledgement.objects.filter(discrepancy=row).exists():
        raise _already(row)
    if made_by is not None and not Person.objects.filter(pk=made_by).exists():
        raise absent("person")
    return control.request(
        kind=ACKNOWLEDGE,
        target=f"discrepancy:{row.pk}",
        before={"discrepancy": str(row.pk), "digest": row.digest},
        after={
            "discrepancy": str(row.pk),
            "digest": row.digest,
            "made_by": None if made_by is None else str(made_by),
        },
        reason=why,
        by=by,
        at=at,
    )


def makers_of(row: Discrepancy, *, named: UUID | None = None) -> frozenset[UUID]:
    """The persons whose hand it was as far as that is known, by their ids.

    Who was named; whose account has the name of the database role that signed in; and whom the changed rows name as
    acting, or as the one whose right they are.
    """
    found = {named} if named is not None else set()
    if row.kind != Discrepancy.Kind.CHANGES:
        rows = DifferingRow.objects.filter(discrepancy=row).values_list("row", flat=True)[:_MOST]
        changes = RowChange.objects.filter(row__in=[str(each) for each in rows])
        found |= _persons(_pairs(row))
        return frozenset(found | _by_roles(set(changes.values_list("role", flat=True).distinct()[:50])))
    said = row.said
    changes = RowChange.objects.filter(
        txid=said["txid"], id__gte=UUID(said["first"]), id__lte=UUID(said["last"])
    ).order_by("id")[:_MOST]
    listed = list(changes)
    return frozenset(found | _persons([_new(each) for each in listed]) | _by_roles({each.role for each in listed}))


def _apply(change: ControlChange, by: Account, at: datetime) -> None:
    """In the confirming transaction: locks the discrepancy. Refuses whose hand it was, and what has changed since."""
    after: dict[str, Json] = dict(change.after or {})
    row = Discrepancy.objects.select_for_update().filter(pk=UUID(str(after["discrepancy"]))).first()
    if row is None:
        raise absent("discrepancy")
    if row.digest != after["digest"]:
        raise _stale(row)
    if Acknowledgement.objects.filter(discrepancy=row).exists():
        raise _already(row)
    named = UUID(str(after["made_by"])) if after["made_by"] else None
    if by.person_id in makers_of(row, named=named):
        raise Refusal(
            Kind.FORBIDDEN,
            "own_change",
            "Who changed a row cannot acknowledge that it was changed, by whichever account.",
            next="Leave it to somebody else.",
            about={"discrepancy": str(row.pk)},
        )
    Acknowledgement.objects.create(
        discrepancy=row,
        digest=row.digest,
        why=change.reason,
        made_by_id=named,
        asked_by_id=change.requested_by_id,
        confirmed_by_id=by.person_id,
        at=at,
    )
    told = {"made_by": str(named)} if named is not None else {}
    record(
        action="discrepancy.acknowledged",
        actor=Actor.person(account_id=by.pk, person_id=by.person_id),
        at=at,
        about={"discrepancy": str(row.pk), "control_change": str(change.pk)},
        data={
            "kind": str(row.kind),
            "digest": row.digest,
            "rows": row.count,
            "asked_by": str(change.requested_by_id),
            **told,
        },
    )


control.register(ACKNOWLEDGE, _apply, functions=MAY)


def _pairs(row: Discrepancy) -> list[Mapping[str, Json]]:
    return [
        {column: pair[1] for column, pair in pairs.items()}
        for pairs in DifferingRow.objects.filter(discrepancy=row).values_list("pairs", flat=True)[:_MOST]
    ]


def _new(change: RowChange) -> Mapping[str, Json]:
    """What a row change leaves in each column that is told by value; of a deletion, what was there."""
    if change.operation != RowChange.Operation.UPDATE:
        left: Mapping[str, Json] = change.changes
        return left
    return {column: pair[1] for column, pair in change.changes.items() if isinstance(pair, list)}


def _persons(rows: list[Mapping[str, Json]]) -> set[UUID]:
    persons = {
        str(value)
        for row in rows
        for column, value in row.items()
        if value and (column in _PERSONS or _is_hand(column))
    }
    accounts = {str(row[column]) for row in rows for column in _ACCOUNTS if row.get(column)}
    behind = Account.objects.filter(pk__in=accounts).values_list("person_id", flat=True)
    return {UUID(each) for each in persons} | set(behind)


def _is_hand(column: str) -> bool:
    return column.endswith("_by_id")


def _by_roles(roles: set[str]) -> set[UUID]:
    """People who sign in to the database under the name of their account."""
    same = Q(pk__in=[])
    for role in roles:
        same |= Q(username__iexact=role)
    return set(Account.objects.filter(same).values_list("person_id", flat=True))


def _already(row: Discrepancy) -> Refusal:
    return Refusal(
        Kind.CONFLICT,
        "already_acknowledged",
        "This is acknowledged already.",
        next="Reload to see by whom and why.",
        about={"discrepancy": str(row.pk)},
    )


def _stale(row: Discrepancy) -> Refusal:
    return Refusal(
        Kind.CONFLICT,
        "stale_digest",
        "You were looking at something else.",
        next="Reload, look at it again, and say why it came to be.",
        about={"discrepancy": str(row.pk)},
    )
