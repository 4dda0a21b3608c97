"""Playing a drill: act by act, looking each time at what became of it, until all is answered or the time is up."""

import logging
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from audit.record import record_refusal
from orchestr.drills.agent import BY
from orchestr.drills.end import end_drill
from orchestr.drills.expect import in_wire
from orchestr.drills.models import Drill, DrillState
from orchestr.drills.scenarios import SCENARIOS
from orchestr.drills.scenarios.base import Clock
from orchestr.drills.seen import look
from orchestr.drills.step import Played
from orchestr.live import EVERYONE, announce
from orchestr.policy.values import Json
from orchestr.refusal import Refusal

log = logging.getLogger(__name__)


def running() -> list[UUID]:
    return list(Drill.objects.filter(state=DrillState.RUNNING).order_by("id").values_list("pk", flat=True))


def play(drill_id: UUID, *, clock: Clock) -> Drill:
    """Play what is due of the drill and score it; ends it where nothing is left to wait for. Calls systems, so it runs
    in no transaction. An act that is refused unexpectedly, or goes wrong, ends the drill as not played: no other waits for
    it."""
    scenario = SCENARIOS[_read(drill_id).scenario]
    problem = ""
    while (drill := _read(drill_id)).state == DrillState.RUNNING and drill.phase < len(scenario.acts):
        try:
            if not scenario.acts[drill.phase](drill, clock):
                break
        except Played:
            continue
        except Refusal as refusal:
            problem = _note(drill, refusal, clock())
            break
        except Exception:
            if not connection.is_usable():
                raise
            log.exception("drill %s went wrong", drill.pk)
            problem = "went_wrong"
            break
    return _score(drill_id, at=clock(), problem=problem)


def score_of(drill: Drill) -> list[dict[str, Json]]:
    """Every expectation with its answer as things stand (six queries)."""
    seen = look(drill)
    expectations = SCENARIOS[drill.scenario].expectations
    return [in_wire(each.name, each.look(seen), started_at=drill.started_at) for each in expectations]


def _score(drill_id: UUID, *, at: datetime, problem: str) -> Drill:
    with transaction.atomic(durable=True):
        drill = _locked(drill_id)
        if drill.state != DrillState.RUNNING:
            return drill
        score = score_of(drill)
        if score != drill.score:
            drill.score = score
            drill.save(update_fields=["score"])
            announce("drill", [drill.pk], groups=[EVERYONE])
        open_ones = [each for each in score if each["standing"] == "not_yet"]
        played = drill.phase >= len(SCENARIOS[drill.scenario].acts)
        if problem:
            end_drill(drill, reason=f"not_played:{problem}"[:60], by=BY, at=at)
        elif played and not open_ones:
            end_drill(drill, reason="answered", by=BY, at=at)
        elif drill.until <= at:
            end_drill(drill, reason="time_is_up", by=BY, at=at)
        return drill


def _note(drill: Drill, refusal: Refusal, at: datetime) -> str:
    log.warning("drill %s could not be played: %s", drill.pk, refusal.code)
    with transaction.atomic(durable=True):
        record_refusal(
            actor=BY, at=at, code=refusal.code, door="task:drills",
            about={"drill": str(drill.pk)} | dict(refusal.about or {}), params=refusal.params,
        )  # fmt: skip
    return refusal.code


def _read(drill_id: UUID) -> Drill:
    return Drill.objects.select_related("workflow__agent", "system").get(pk=drill_id)


def _locked(drill_id: UUID) -> Drill:
    rows = Drill.objects.select_for_update(of=("self",)).select_related("workflow__agent", "system")
    return rows.get(pk=drill_id)
