"""Whether a trigger could start something that it could not start before. Pure; in doubt it could."""

from orchestr.triggers.definition import Cap, Definition, Holds, Quiet


def is_looser(before: Definition, after: Definition) -> bool:
    """Whether `after` may start where, when or as often as `before` did not."""
    return (
        _reaches_further(before, after)
        or after.window_s < before.window_s
        or _finer(before, after)
        or _holds_less(before.holds, after.holds)
        or _capped_less(before.cap, after.cap)
        or after.storm.events > before.storm.events
        or after.storm.per_s < before.storm.per_s
    )


def _reaches_further(before: Definition, after: Definition) -> bool:
    """Another pattern is taken for a wider one, but for types, conditions and sources that only narrow it."""
    same = (before.on, before.watch, before.cron, before.zone, before.intent, before.family) == (
        after.on,
        after.watch,
        after.cron,
        after.zone,
        after.intent,
        after.family,
    )
    from_everywhere = before.sources and not (after.sources and {*after.sources} <= {*before.sources})
    return (
        not same
        or not {*after.types} <= {*before.types}
        or bool(from_everywhere)
        or any(each not in after.conditions for each in before.conditions)
    )


def _finer(before: Definition, after: Definition) -> bool:
    """Whether events that were one would be two."""
    if (before.value, before.bucket) == (after.value, after.bucket):
        return False
    return bool(after.value)


def _holds_less(before: Holds, after: Holds) -> bool:
    return (
        _shorter(before.manual_edit_s, after.manual_edit_s)
        or _shorter(before.other_agent_s, after.other_agent_s)
        or not {*before.protected} <= {*after.protected}
        or (before.incident and not after.incident)
        or _other_hours(before.quiet, after.quiet)
    )


def _shorter(before: int | None, after: int | None) -> bool:
    return before is not None and (after is None or after < before)


def _other_hours(before: Quiet | None, after: Quiet | None) -> bool:
    return before is not None and before != after


def _capped_less(before: Cap | None, after: Cap | None) -> bool:
    if before is None:
        return False
    return after is None or after.runs > before.runs or after.per_s < before.per_s
