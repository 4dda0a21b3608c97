"""What an execution waits for, in words: a freeze, a system that does not answer, a rate."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from reviews.words.targets import system_names, target_names

OF_SYSTEMS = ("breaker:", "rate:")
ALONE = ("windows", "rollout")


def waits_by_name(held_by: Iterable[str]) -> dict[str, str]:
    """A short phrase for a tag for each of these, things by their names; "" for what waits for nothing.

    A query for the systems and one for each kind of target that is frozen.
    """
    given = set(held_by)
    systems = system_names(each.partition(":")[2] for each in given if each.startswith(OF_SYSTEMS))
    frozen = target_names(each for each in given if each and each not in ALONE and not each.startswith(OF_SYSTEMS))
    return {each: _waits_for(each, frozen.get(each) or systems.get(each.partition(":")[2], "")) for each in given}


def _waits_for(held_by: str, name: str) -> str:
    kind = held_by.partition(":")[0]
    if kind == "breaker":
        return _("%(system)s does not answer") % {"system": name}
    if kind == "rate":
        return _("%(system)s is called no faster than allowed") % {"system": name}
    if kind == "windows":
        return _("waits for its publication window")
    if kind == "rollout":
        return _("the rest waits for its first share")
    return _("%(target)s is frozen") % {"target": name} if held_by else ""


def said_of(held_by: str, *, name: str = "") -> str:
    """The whole sentence; `name` is what stands in the way, where that has one."""
    kind = held_by.partition(":")[0]
    if kind == "breaker":
        return _("%(system)s answers again. It goes on by itself.") % {"system": name}
    if kind == "rate":
        return _("It goes on as fast as %(system)s may be called.") % {"system": name}
    if kind == "windows":
        return _("It waits for its publication window and goes out by itself; everything is looked at again then.")
    if kind == "rollout":
        return _("The rest waits until the first share has been looked at for long enough.")
    return _(
        "%(target)s is frozen. It waits until two people lift that, or its planned end; then it is checked again and"
        " goes on by itself."
    ) % {"target": name}
