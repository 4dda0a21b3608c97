"""Adding a system, changing one that nothing uses yet, and removing one that nothing rests on.

What is added stands switched off: nothing reads it, nothing of it is believed, no agent sees its tools. Putting it in
use takes a second person (`use.py`).
"""

from datetime import datetime

from django.db import connection, transaction
from django.db.utils import IntegrityError

from audit.record import Actor, record
from orchestr.catalogue.models import System, ValueHistory
from orchestr.execution.models import ExecutionItem
from orchestr.execution.systems.wanted import Wanted, addresses_of, admin_only, checked, its_own_credentials, standing
from orchestr.governance.models import ControlChange
from orchestr.live import EVERYONE, announce
from orchestr.people.models import Account
from orchestr.refusal import Kind, Refusal, absent

USE = "system.use"


def add_system(*, wanted: Wanted, by: Account, at: datetime) -> System:
    """Configure a system, switched off.

    Refuses who is no admin, what cannot be so (see `checked`), a key that is taken, and one whose credentials
    another system has.
    """
    in_transaction()
    admin_only(by)
    found = checked(wanted)
    its_own_credentials(found.key)
    try:
        with transaction.atomic():
            system = System.objects.create(**found.wire(), enabled=False, guarded=True)
    except IntegrityError:
        raise Refusal(
            Kind.CONFLICT, "key_taken", "There is a system with this key.", next="Choose another key.",
            params={"key": found.key},
        )  from None  # fmt: skip
    record_system("connector.added", system, by, at, kind=system.kind)
    return system


def change_system(*, wanted: Wanted, by: Account, at: datetime) -> System:
    """Change the configuration of a system that is switched off and was never in use. Locks it.

    Refuses one that is or was in use: that takes a second person (`use.request_use`).
    """
    in_transaction()
    admin_only(by)
    system = locked(wanted.key)
    if system.enabled or was_in_use(system):
        raise Refusal(
            Kind.CONFLICT, "in_use", "This system is or was in use: a second person confirms a change of it.",
            next="Ask for it to be put in use as you want it.", about={"system": str(system.pk)},
        )  # fmt: skip
    _nothing_waits(system)
    found = checked(wanted, there=system)
    fields = put(system, found)
    if fields:
        record_system("connector.changed", system, by, at, fields=fields)
    return system


def remove_system(*, key: str, by: Account, at: datetime) -> None:
    """Take out a system that nothing rests on. Locks it.

    Refuses one in use, one that was ever read or written (its past values are the past of prices, its items that
    of proposals: pause it instead), and one with a request waiting.
    """
    in_transaction()
    admin_only(by)
    system = locked(key)
    if system.enabled or was_in_use(system):
        raise Refusal(
            Kind.CONFLICT, "rested_on", "The past of prices and proposals rests on this system.",
            next="Pause it: nothing reads or writes it then, and what was stays readable.",
            about={"system": str(system.pk)},
        )  # fmt: skip
    _nothing_waits(system)
    record_system("connector.removed", system, by, at)
    system.delete()


def locked(key: str) -> System:
    """The system, its row locked. Absent is refused."""
    system = System.objects.select_for_update().filter(key=key).first()
    if system is None:
        raise absent("system")
    return system


def was_in_use(system: System) -> bool:
    """Whether it was ever put in use, read or written."""
    return (
        system.refreshed_at is not None
        or system.resources.exists()
        or system.tools.exists()
        or ValueHistory.objects.filter(system=system).exists()
        or ExecutionItem.objects.filter(system=system).exists()
    )


def put(system: System, wanted: Wanted) -> list[str]:
    """Make it stand so; returns the names of what changed. Its key and kind stay what they are."""
    if wanted.kind != system.kind:
        raise Refusal(
            Kind.CONFLICT, "another_kind", "A system stays of the kind it was added as.",
            next="Add another system for it.", about={"system": str(system.pk)},
        )  # fmt: skip
    names = ("name", "url", "settings", "sandbox")
    wire, led = wanted.wire(), addresses_of(wanted) != addresses_of(standing(system))
    fields = [name for name in names if getattr(system, name) != wire[name]]
    for name in fields:
        setattr(system, name, wire[name])
    # From here on its addresses are ones that people named: it is reached as such.
    system.guarded = system.guarded or led
    system.save(update_fields=[*fields, "guarded"])
    return fields


def record_system(action: str, system: System, by: Account, at: datetime, **data: str | int | list[str]) -> None:
    record(
        action=action,
        actor=Actor.person(account_id=by.pk, person_id=by.person_id),
        at=at,
        about={"connector": system.key, "system": system.pk},
        data={"key": system.key, **data},
    )
    announce("system", [system.pk], groups=[EVERYONE])


def in_transaction() -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("An operation was called outside a transaction: the door opens it.")


def _nothing_waits(system: System) -> None:
    if ControlChange.objects.filter(kind=USE, target=f"system:{system.key}", state="requested").exists():
        raise Refusal(
            Kind.CONFLICT, "already_requested", "A change of this system is waiting for a second person.",
            next="Confirm or reject that one first.", about={"system": str(system.pk)},
        )  # fmt: skip
