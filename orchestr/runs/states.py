"""The chart of a run: `queued leased running finished failed stopped`, with a reason."""

from django.db.models import TextChoices

from orchestr.chart import Arrow, Chart


class RunState(TextChoices):
    QUEUED = "queued"
    LEASED = "leased"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    STOPPED = "stopped"


OPEN = frozenset({RunState.QUEUED, RunState.LEASED, RunState.RUNNING})

CHART = Chart(
    "run",
    RunState,
    Arrow("queue", None, RunState.QUEUED),
    Arrow("start", None, RunState.RUNNING),
    Arrow("lease", RunState.QUEUED, RunState.LEASED),
    Arrow("return_lease", RunState.LEASED, RunState.QUEUED),
    Arrow("begin", RunState.LEASED, RunState.RUNNING),
    Arrow("finish", RunState.RUNNING, RunState.FINISHED),
    Arrow("fail", RunState.RUNNING, RunState.FAILED),
    Arrow("fail", RunState.LEASED, RunState.FAILED),
    Arrow("stop", RunState.QUEUED, RunState.STOPPED),
    Arrow("stop", RunState.LEASED, RunState.STOPPED),
    Arrow("stop", RunState.RUNNING, RunState.STOPPED),
)
