"""Win-back messages: to customers who have not bought for a while and agreed to hear from us, with a discount that exists.

Who they are stays in the CRM: the agent reads an export of opaque references and brings what it counted as a claim,
which people see as one. Whether the promised promotion is on is checked by policy against the catalogue.
"""

import csv
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from examples.desk import Desk, Idea, main
from orchestr.client import Resource

KEY = "winback"
EXPORT = Path(__file__).parent / "data" / "lapsed.csv"
LAPSED_DAYS, MOST_A_WEEK = 90, 1
ZONES = {"web-de": "Europe/Berlin", "web-uk": "Europe/London"}
BODY = {
    "web-de": "Es ist eine Weile her. Vielleicht ist etwas für die nächste Tour dabei.",
    "web-uk": "It has been a while. There may be something for your next trip.",
}


def round_(desk: Desk) -> None:
    """One message whose audience is there and has not heard from us."""
    with EXPORT.open(newline="") as file:
        customers = list(csv.DictReader(file))
    messages = desk.door.resources(type="message", limit=200)
    promoted = list(desk.door.resources(type="promotion", limit=200))
    desk.propose(winbacks(messages, promoted, customers, now=dt.datetime.now(dt.UTC)))


def winbacks(
    messages: Iterable[Resource], promoted: list[Resource], customers: list[dict[str, str]], *, now: dt.datetime
) -> Iterator[Idea]:
    """A message for each flow and channel that has somebody to write to."""
    for message in messages:
        for field in message.fields:
            channel = field.address.get("channel") or ""
            if field.name != "definition" or channel not in ZONES:
                continue
            audience = lapsed(customers, channel=channel, interest=message.segments[0] if message.segments else "")
            if not audience:
                continue
            at = morning(now, ZONES[channel])
            promise = promise_for(promoted, message, channel, at)
            after = {
                **field.value,
                "body": BODY[channel],
                "audience": audience,
                "frequency_7d": MOST_A_WEEK,
                "consent": True,
                "send_at": f"{at:%Y-%m-%dT%H:%M:%SZ}",
                **promise,
            }
            if {**after, "send_at": None} == {**field.value, "send_at": None}:
                continue
            yield Idea(
                summary=f"Write to {audience} customers of {channel} who have not bought for {LAPSED_DAYS} days.",
                rationale=f"The CRM's export names {audience} who agreed to messages, have had none this week and bought "
                f"nothing for {LAPSED_DAYS} days. {_told(promise)}",
                confidence=0.82,
                changes=(field.change(after),),
                claims=(("crm-export", {"file": EXPORT.name, "customers": audience, "lapsed_days": LAPSED_DAYS}),),
                objectives={"retention": "up", "template_family": "winback"},
            )


def lapsed(customers: Iterable[Mapping[str, str]], *, channel: str, interest: str) -> int:
    """How many may be written to: consent given, nothing sent this week, nothing bought for long."""
    return sum(
        each["channel"] == channel
        and each["interest"] == interest
        and each["consent"] == "yes"
        and int(each["messages_7d"]) < MOST_A_WEEK
        and int(each["days_since_order"]) >= LAPSED_DAYS
        for each in customers
    )


def morning(now: dt.datetime, zone: str) -> dt.datetime:
    """Ten o'clock the next day, where they live; in UTC."""
    local = now.astimezone(ZoneInfo(zone)) + dt.timedelta(days=1)
    return local.replace(hour=10, minute=0, second=0, microsecond=0).astimezone(dt.UTC)


def promise_for(promoted: list[Resource], message: Resource, channel: str, at: dt.datetime) -> dict[str, object]:
    """The largest discount that is on then, there, for what they are interested in; none where there is none."""
    stamp, found = f"{at:%Y-%m-%dT%H:%M:%SZ}", []
    for promotion in promoted:
        told = {each.name: each.value for each in promotion.fields if each.address.get("channel") == channel}
        definition = told.get("definition") or {}
        on = told.get("enabled") == 1 and definition and definition["starts_at"] <= stamp < definition["ends_at"]
        if on and any(segment.startswith(message.segments[0]) for segment in promotion.segments):
            found.append((definition["percent_bp"], promotion.id))
    if not found:
        return {"discount_bp": None, "promotion": None}
    percent, code = max(found)
    return {"discount_bp": percent, "promotion": code}


def _told(promise: Mapping[str, object]) -> str:
    if promise["promotion"] is None:
        return "No promotion is on then, so none is promised."
    return f"The promotion {promise['promotion']} is on then and is what the message promises."


if __name__ == "__main__":
    main(round_, KEY)
