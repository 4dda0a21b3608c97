"""What a trigger is: pattern, conditions, what holds it back, and when two events are one. Plain data, no database.

Times are seconds, shares basis points, amounts minor units.
"""

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from audit.parameters import is_word
from orchestr.policy.values import Json
from orchestr.refusal import Kind, Refusal
from orchestr.triggers.cron import Cron, CronRefused, zone_of

On = Literal["event", "schedule", "change", "feed"]
Is = Literal["equals", "differs", "above", "below", "among", "given"]
Way = Literal["any", "above", "below", "up_by", "down_by", "stale"]
DAY = 86_400
# What a trigger on a change may watch beside fields of the catalogue: what was measured of published changes, against
# what was to be expected without them; `shortfall` is how far it stayed behind what was predicted, in basis points.
MEASURED = ("measured.units", "measured.net_revenue", "measured.stock", "measured.shortfall")


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One thing about the event's data that has to hold; `field` is a path with dots, such as stock.on_hand."""

    field: str
    test: Is
    value: Json = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What of the catalogue is watched: a field, which way it has to go, and by how much.

    `above` and `below` are thresholds that a value has to cross; `up_by` and `down_by` shares of the value before, in
    basis points; `stale` seconds without having been seen. `segments` narrows to these and all below them, "" systems
    to one. A feed is watched without a field: whatever an import of its system has changed.
    """

    field: str = ""
    way: Way = "any"
    amount: int = 0
    segments: tuple[str, ...] = ()
    system: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """Hours of the day in a zone in which nothing starts, as HH:MM; they may go over midnight."""

    begins: str
    ends: str
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Holds:
    """What suppresses a trigger, beside a freeze, which always does."""

    manual_edit_s: int | None = None  # somebody changed the thing by hand so lately
    other_agent_s: int | None = None  # another agent's change to it was published so lately
    protected: tuple[str, ...] = ()  # segments whose things it never starts for
    incident: bool = True  # its workflow has an open incident
    quiet: Quiet | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """At most `runs` starts in `per_s`, for each segment, channel and template family."""

    runs: int
    per_s: int = DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """More than so many events in `per_s` pause the trigger."""

    events: int = 1_000
    per_s: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """All of a trigger but its key, name and workflow."""

    on: On = "event"
    types: tuple[str, ...] = ()  # exact, or with a * at the end
    sources: tuple[str, ...] = ()  # beginnings; none: from anywhere
    conditions: tuple[Condition, ...] = ()
    watch: Watch | None = None
    cron: str = ""
    zone: str = "UTC"
    intent: str = "look"
    family: str = ""  # template family, for the cap
    value: str = ""  # the path of the value in the event's data; "": two events differ by what they are about alone
    bucket: int = 0  # values in one bucket of this width are one; 0: each value is its own
    window_s: int = 300
    holds: Holds = Holds()
    cap: Cap | None = None
    storm: Storm = Storm()

    def wire(self) -> dict[str, Json]:
        wire: dict[str, Json] = _plain(asdict(self))
        return wire

    @classmethod
    def parse(cls, raw: dict[str, Any]) -> "Definition":
        """From what `wire` gave."""
        given = dict(raw)
        quiet = given["holds"].get("quiet")
        holds = given["holds"] | {
            "protected": tuple(given["holds"]["protected"]),
            "quiet": None if quiet is None else Quiet(**quiet),
        }
        watch = given["watch"]
        return cls(
            **given
            | {
                "types": tuple(given["types"]),
                "sources": tuple(given["sources"]),
                "conditions": tuple(Condition(**each) for each in given["conditions"]),
                "watch": None if watch is None else Watch(**watch | {"segments": tuple(watch["segments"])}),
                "holds": Holds(**holds),
                "cap": None if given["cap"] is None else Cap(**given["cap"]),
                "storm": Storm(**given["storm"]),
            }
        )

    def check(self) -> None:
        """Raise Refusal (422 `trigger_unusable`) unless it can be used as it stands."""
        for wrong in (self._wrong_pattern(), self._wrong_numbers(), self._wrong_hours()):
            if wrong:
                raise Refusal(
                    Kind.UNPROCESSABLE, "trigger_unusable", wrong, next="Correct the trigger and save it again."
                )

    def _wrong_pattern(self) -> str:
        if self.on == "event" and not self.types:
            return "A trigger on events names at least one type of event."
        if self.on == "schedule" and not self.cron:
            return "A trigger on a schedule says when."
        if self.on in ("change", "feed") and self.watch is None:
            return "A trigger on the catalogue says what it watches."
        if self.on == "change" and self.watch is not None and not self.watch.field:
            return "A trigger on changes names the field it watches."
        if (
            self.watch is not None
            and self.watch.field.startswith("measured.")
            and (wrong := _wrong_measured(self.watch))
        ):
            return wrong
        if self.on == "feed" and self.watch is not None and not self.watch.system:
            return "A trigger on a feed names the system that is read."
        words = (*self.types, *self.sources, self.intent, *((self.family,) if self.family else ()))
        if not all(is_word(word) for word in words):
            return "Types, sources, intent and template family are one word each, of at most 160 characters."
        if any(each.test not in get_args(Is) or not each.field for each in self.conditions):
            return "A condition names a field and one of the tests there are."
        if any(each.test in ("above", "below") and type(each.value) is not int for each in self.conditions):
            return "Above and below compare with a whole number."
        return ""

    def _wrong_numbers(self) -> str:
        spans = (self.holds.manual_edit_s, self.holds.other_agent_s)
        fine = (
            0 <= self.window_s <= 30 * DAY
            and 0 <= self.bucket < 2**53
            and all(span is None or 0 < span <= 30 * DAY for span in spans)
            and (self.cap is None or (1 <= self.cap.runs <= 1_000_000 and 60 <= self.cap.per_s <= 30 * DAY))
            and 1 <= self.storm.events <= 1_000_000
            and 1 <= self.storm.per_s <= 3_600
            and (self.watch is None or (self.watch.way in get_args(Way) and 0 <= self.watch.amount < 2**53))
        )
        return "" if fine else "A number of this trigger is too small or too large."

    def _wrong_hours(self) -> str:
        quiet = self.holds.quiet
        try:
            zone_of(self.zone)
            if self.on == "schedule":
                Cron.parse(self.cron)
            if quiet is not None:
                zone_of(quiet.zone)
                minutes(quiet.begins)
                minutes(quiet.ends)
        except CronRefused as wrong:
            return str(wrong)
        return ""


def minutes(text: str) -> int:
    """HH:MM as minutes since midnight. Raises CronRefused."""
    hours, colon, rest = text.partition(":")
    if not (colon and hours.isdecimal() and rest.isdecimal() and int(hours) < 24 and int(rest) < 60):
        raise CronRefused("An hour of the day is written as 22:00.")
    return int(hours) * 60 + int(rest)


def _wrong_measured(watch: Watch) -> str:
    if watch.field not in MEASURED:
        return f"Of what was measured a trigger watches one of {', '.join(MEASURED)}."
    if watch.system or watch.way == "stale":
        return "What was measured is of no one system, and does not grow old."
    if watch.field == "measured.shortfall" and watch.way != "above":
        return "How far something stayed behind is watched for rising above a number of basis points."
    return ""


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, tuple | list) else value
