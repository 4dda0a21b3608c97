"""Changing a breaker's threshold: stricter at once, looser when a second person confirms."""

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from django.db import connection

from audit.record import Actor, record
from orchestr.execution.behaviour.models import Threshold
from orchestr.execution.behaviour.rules import NAMES, Rule, in_force
from orchestr.governance import control
from orchestr.governance.models import ControlChange
from orchestr.live import EVERYONE, announce
from orchestr.people.functions import Function
from orchestr.people.models import Account
from orchestr.refusal import Kind, Refusal, absent

LOOSEN = "behaviour.threshold"
MAY_SET = frozenset({str(Function.ADMIN), str(Function.ONCALL)})
BOUNDS = {"window_s": (300, 7 * 86_400), "least": (1, 1_000), "limit": (1, 10_000)}


def set_threshold(
    *, rule: str, window_s: int, least: int, limit: int, reason: str, by: Account, at: datetime
) -> ControlChange | None:
    """Set when a breaker trips. Stricter holds at once (None); looser waits for a second person.

    `limit` is a share in basis points, returns of a field, or agents. Refuses an unknown rule, values out of
    bounds, one that changes nothing, and who is neither admin nor on call.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("An operation was called outside a transaction: the door opens it.")
    if not by.functions & MAY_SET:
        raise Refusal(
            Kind.FORBIDDEN,
            "function_missing",
            "Only admins and people on call may change when a breaker trips.",
            next="Ask an admin.",
            params={"functions": sorted(MAY_SET)},
        )
    found = [each for each in in_force().values() if each.name == rule]
    if not found:
        raise absent("breaker")
    standing = found[0]
    wanted = replace(standing, window_s=window_s, least=least, limit=limit)
    _within_bounds(wanted)
    if wanted == standing:
        raise _unprocessable("nothing_changed", "The breaker trips there already.")
    if wanted.loosens(standing):
        return control.request(
            kind=LOOSEN,
            target=f"breaker:{rule}",
            before=asdict(standing),
            after=asdict(wanted),
            reason=reason,
            by=by,
            at=at,
        )
    _put(wanted, Actor.person(account_id=by.pk, person_id=by.person_id), at)
    return None


def _apply(change: ControlChange, by: Account, at: datetime) -> None:
    """Refuses where the threshold has moved since it was asked for: the second person saw something else."""
    after: dict[str, Any] = dict(change.after or {})
    name = next(each for each in NAMES if each == after["name"])
    if asdict(in_force()[name]) != change.before:
        raise Refusal(
            Kind.CONFLICT,
            "threshold_moved",
            "This breaker was changed since it was asked for.",
            next="Turn this request down and ask again.",
            about={"control_change": str(change.pk)},
        )
    wanted = Rule(name=name, window_s=after["window_s"], least=after["least"], limit=after["limit"])
    _put(wanted, Actor.person(account_id=by.pk, person_id=by.person_id), at)


control.register(LOOSEN, _apply, functions=MAY_SET)


def _put(rule: Rule, by: Actor, at: datetime) -> None:
    values = {"window_s": rule.window_s, "least": rule.least, "limit": rule.limit}
    Threshold.objects.update_or_create(rule=rule.name, defaults=values)
    record(
        action="behaviour.threshold_set",
        actor=by,
        at=at,
        about={"breaker": rule.name},
        data={"rule": rule.name, **values},
    )
    announce("behaviour", [rule.name], groups=[EVERYONE])


def _within_bounds(rule: Rule) -> None:
    for name, (low, high) in BOUNDS.items():
        if not low <= getattr(rule, name) <= high:
            raise _unprocessable("out_of_bounds", f"{name} lies between {low} and {high}.")


def _unprocessable(code: str, detail: str) -> Refusal:
    return Refusal(Kind.UNPROCESSABLE, code, detail, next="Correct the figures and send them again.")
