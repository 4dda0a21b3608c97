"""The eight people, what they hold, and who is on call."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, Permission

from audit.record import Entry, record, record_many
from demo.seed import SEEDER
from demo.seed.company import APPAREL, OUTDOOR
from orchestr.catalogue.models import Segment
from orchestr.people.models import Account, Person, SegmentAccountGrant, Shift

PASSWORD = "orchestr-demo"
VIEW, DECIDE, REVERT, COST = "view_segment", "decide_segment", "revert_segment", "cost_segment"
BOTH = (APPAREL, OUTDOOR)
ROTA_DAYS = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """One of the demo's people: `segments` are the top segments on which the rights are held."""

    username: str
    name: str
    functions: tuple[str, ...]
    rights: tuple[str, ...]
    segments: tuple[str, ...] = BOTH
    zone: str = "Europe/Berlin"


CAST = (
    Role(
        username="mia",
        name="Mia Sandvik",
        functions=("merchandising",),
        rights=(VIEW, DECIDE, COST),
        segments=(APPAREL,),
    ),
    Role(
        username="marco",
        name="Marco Ferri",
        functions=("merchandising",),
        rights=(VIEW, DECIDE, COST),
        segments=(OUTDOOR,),
    ),
    Role(username="fay", name="Fay Lindqvist", functions=("finance",), rights=(VIEW, DECIDE, COST)),
    Role(username="lena", name="Lena Brandt", functions=("legal",), rights=(VIEW, DECIDE)),
    Role(username="omar", name="Omar Haddad", functions=("oncall",), rights=(VIEW, REVERT, COST)),
    # The second admin: what Ada asks for takes somebody else's yes.
    Role(username="olga", name="Olga Nilsen", functions=("oncall", "admin"), rights=(VIEW, REVERT, COST)),
    Role(username="ada", name="Ada Okafor", functions=("admin",), rights=(VIEW,), zone="Europe/London"),
    Role(username="aud", name="Audrey Keller", functions=("auditor",), rights=(VIEW, COST), zone="Europe/London"),
)


def move_in(*, at: datetime) -> dict[str, Account]:
    """Everybody with their functions and grants, by username."""
    known = {account.username: account for account in Account.objects.select_related("person")}
    missing = [role for role in CAST if role.username not in known]
    hashed = make_password(PASSWORD) if missing else ""  # once: the word is public, its hashing is slow
    for role in missing:
        known[role.username] = _open(role, hashed, at)
    for role in CAST:
        grant(known[role.username], role.rights, role.segments, at=at)
    return {role.username: known[role.username] for role in CAST}


def grant(account: Account, rights: Sequence[str], segments: Sequence[str], *, at: datetime) -> None:
    """Rights on segments and what lies below them, where they are not held yet."""
    permissions = {p.codename: p for p in Permission.objects.filter(content_type__app_label="orchestr")}
    for segment in Segment.objects.filter(key__in=segments):
        for right in rights:
            _, made = SegmentAccountGrant.objects.get_or_create(
                user=account, permission=permissions[right], content_object=segment
            )
            if made:
                record(
                    action="grant.given",
                    actor=SEEDER,
                    at=at,
                    about={"account": account.pk, "person": account.person_id, "segment": segment.pk},
                    data={"right": right},
                    segments=[segment.key],
                )


def _open(role: Role, hashed: str, at: datetime) -> Account:
    person = Person.objects.create(name=role.name, zone=role.zone, locale="en", created_at=at)
    account = Account.objects.create(username=role.username, person=person, password=hashed)
    about = {"account": account.pk, "person": person.pk}
    record(action="account.created", actor=SEEDER, at=at, about=about)
    for function in role.functions:
        account.groups.add(Group.objects.get_or_create(name=function)[0])
        record(action="grant.given", actor=SEEDER, at=at, about=about, data={"function": function})
    return account


def put_on_call(first: Account, second: Account, *, at: datetime) -> int:
    """Twelve-hour shifts around the clock, turn by turn, where none are set; returns how many were added."""
    start = datetime.combine(at.astimezone(UTC).date(), time(6), UTC) - timedelta(days=1)
    covered = Shift.objects.filter(ends_at__gt=start).exists()
    if covered:
        return 0
    turns = [(first, second)[number % 2] for number in range(ROTA_DAYS * 2)]
    shifts = Shift.objects.bulk_create(
        Shift(
            person_id=account.person_id,
            starts_at=start + timedelta(hours=12 * number),
            ends_at=start + timedelta(hours=12 * (number + 1)),
        )
        for number, account in enumerate(turns)
    )
    record_many(
        [
            Entry(
                action="shift.set",
                actor=SEEDER,
                at=at,
                about={"shift": shift.pk, "person": shift.person_id},
                data={"starts_at": shift.starts_at, "ends_at": shift.ends_at},
            )
            for shift in shifts
        ]
    )
    return len(shifts)
