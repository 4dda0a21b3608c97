"""Wall-clock times of a zone as moments: what the clocks skip is refused, what they show twice is the first."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from orchestr.refusal import Kind, Refusal


def zone_named(name: str) -> ZoneInfo:
    """The zone of this IANA name. Raises Refusal (unprocessable) for any other text."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Refusal(
            Kind.UNPROCESSABLE,
            "zone_unknown",
            "There is no such time zone.",
            next="Name one as in Europe/Berlin.",
        ) from None


def moment(local: datetime, zone: ZoneInfo) -> datetime:
    """The UTC moment at which the clocks of `zone` show `local` (naive); the first of two where they go back.

    Refuses a time that the clocks skip when they go forward: nobody could come at half past two.
    """
    found = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) != local:
        raise Refusal(
            Kind.UNPROCESSABLE,
            "time_skipped",
            "The clocks skip this time on that day.",
            next="Choose a time before or after the change of the clocks.",
            params={"zone": str(zone)},
        )
    return found


def later(local: datetime, *, days: int) -> datetime:
    """The same time by the clock so many days on: 08:00 stays 08:00 over a change of the clocks."""
    return local + timedelta(days=days)
