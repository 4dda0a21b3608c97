"""Putting a system in use, or in use otherwise, takes two people; pausing it takes one."""

from datetime import datetime
from typing import Any

from audit.record import Actor
from orchestr.agents.tools import register_tools
from orchestr.catalogue.models import System
from orchestr.execution.systems.configure import USE, in_transaction, locked, put, record_system
from orchestr.execution.systems.wanted import Wanted, admin_only, checked, standing
from orchestr.freezes.freeze import freeze, lift
from orchestr.freezes.models import Freeze
from orchestr.freezes.targets import Target
from orchestr.governance import control
from orchestr.governance.models import ControlChange
from orchestr.live import wake
from orchestr.people.models import Account
from orchestr.refusal import Kind, Refusal, absent

REFRESH = "orchestr.catalogue.refresh_due"


def request_use(*, wanted: Wanted, reason: str, by: Account, at: datetime) -> ControlChange:
    """Ask that a system be in use, exactly so: read, believed, its tools there for scopes.

    The same for one that is in use and shall be another way, and for one that is paused. Refuses what cannot be so,
    and what is so already.
    """
    in_transaction()
    admin_only(by)
    system = System.objects.filter(key=wanted.key).first()
    if system is None:
        raise absent("system")
    found = checked(wanted, there=system)
    before, after = _state(standing(system), enabled=system.enabled), _state(found, enabled=True)
    if before == after:
        raise Refusal(
            Kind.UNPROCESSABLE, "nothing_changed", "The system is in use so already.",
            next="Change something, or leave it.", about={"system": str(system.pk)},
        )  # fmt: skip
    return control.request(
        kind=USE, target=f"system:{system.key}", before=before, after=after, reason=reason, by=by, at=at
    )


def pause(*, key: str, why: str, by: Account, at: datetime) -> System:
    """Stop reading and writing a system at once: its values grow old, its tools cover nothing, intents on it wait.

    Refuses who is no admin, an empty reason, and one that is not in use. Locks the system, then freezes it; a freeze
    that stands already is left to whoever set it.
    """
    in_transaction()
    admin_only(by)
    system = locked(key)
    if not system.enabled:
        raise Refusal(
            Kind.CONFLICT, "not_in_use", "This system is not in use.", next="Reload to see how it stands.",
            about={"system": str(system.pk)},
        )  # fmt: skip
    stood = Freeze.objects.filter(kind="connector", key=key, thawed_at=None).exists()
    stop = freeze(target=Target("connector", key), why=why, by=_person(by), at=at, may_stand=True)
    system.enabled, system.stop_id = False, None if stood else stop.pk
    system.save(update_fields=["enabled", "stop_id"])
    register_tools(at=at, only=system.pk)
    record_system("connector.paused", system, by, at)
    return system


def ask_refresh(*, key: str, by: Account, at: datetime) -> System:
    """Have everything of a system read at once rather than when it is due. Refuses one that is not in use. Locks it."""
    in_transaction()
    admin_only(by)
    system = locked(key)
    if not system.enabled:
        raise Refusal(
            Kind.CONFLICT, "not_in_use", "This system is not in use: nothing reads it.",
            next="Ask for it to be put in use.", about={"system": str(system.pk)},
        )  # fmt: skip
    system.asked_at = at
    system.save(update_fields=["asked_at"])
    record_system("connector.refresh_asked", system, by, at)
    wake(REFRESH, queue="catalogue")
    return system


def _apply(change: ControlChange, by: Account, at: datetime) -> None:
    """Refuses where the system has moved since it was asked for: the second person saw something else."""
    after: dict[str, Any] = dict(change.after or {})
    system = locked(after["key"])
    if _state(standing(system), enabled=system.enabled) != change.before:
        raise Refusal(
            Kind.CONFLICT, "system_moved", "This system was changed since it was asked for.",
            next="Turn this request down and ask again.", about={"control_change": str(change.pk)},
        )  # fmt: skip
    wanted = checked(Wanted(**{name: value for name, value in after.items() if name != "enabled"}), there=system)
    fields = put(system, wanted)
    stop = Freeze.objects.filter(pk=system.stop_id, thawed_at=None).first() if system.stop_id else None
    # What was read before its address moved is no reason to wait; and everything is read anew.
    system.enabled, system.stop_id, system.asked_at, system.refreshing_until = True, None, at, None
    system.save(update_fields=["enabled", "stop_id", "asked_at", "refreshing_until"])
    if stop is not None:
        lift(freeze_id=stop.pk, by=_person(by), at=at)
    register_tools(at=at, only=system.pk)
    record_system("connector.put_in_use", system, by, at, fields=fields)
    wake(REFRESH, queue="catalogue")


control.register(USE, _apply, confirmers=control.ADMINS_AND_ANSWERABLE)


def _state(wanted: Wanted, *, enabled: bool) -> dict[str, Any]:
    return {**wanted.wire(), "enabled": enabled}


def _person(by: Account) -> Actor:
    assert by.person_id is not None
    return Actor.person(account_id=by.pk, person_id=by.person_id)
