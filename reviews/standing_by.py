"""What an execution waits for, in words: a freeze, a system that does not answer, a rate."""

from django.utils.translation import gettext as _


def waits_for(held_by: str) -> str:
    """A short phrase for a tag; "" where it waits for nothing."""
    kind, _colon, key = held_by.partition(":")
    if kind == "breaker":
        return _("waits for %(system)s, which does not answer") % {"system": key}
    if kind == "rate":
        return _("paced: %(system)s is called no faster than allowed") % {"system": key}
    if kind == "windows":
        return _("waits for its publication window")
    if kind == "rollout":
        return _("the rest waits for its first share")
    return _("freeze on %(target)s") % {"target": held_by} if held_by else ""


def said_of(held_by: str) -> str:
    """The whole sentence; "" where it waits for nothing that people should know of."""
    kind, _colon, key = held_by.partition(":")
    if kind == "breaker":
        return _("%(system)s does not answer. It waits, and goes on by itself once the system is back.") % {
            "system": key
        }
    if kind == "rate":
        return _("It goes on as fast as %(system)s may be called.") % {"system": key}
    if kind == "windows":
        return _("It waits for its publication window and goes out by itself; everything is looked at again then.")
    if kind == "rollout":
        return _("The rest waits until the first share has been looked at for long enough.")
    return _("It waits for the freeze of %(target)s.") % {"target": held_by} if held_by else ""
