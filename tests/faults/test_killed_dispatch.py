"""The clock killed between an event and its run: nothing of it is left, and the next tick finds what is due."""

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest

from orchestr import failpoints
from orchestr.runs.models import Event, Run
from orchestr.triggers.models import Trigger, Window
from tests import make
from tests.triggers.given import trigger

pytestmark = pytest.mark.faults
TICK = "import django; django.setup(); from orchestr.triggers.tasks import tick; tick()"


@pytest.mark.parametrize("point", sorted(failpoints.DISPATCHING))
def test_a_clock_killed_between_the_event_and_its_run_loses_nothing_and_the_next_starts_one(point, committed):
    house = make.house()
    trigger(house.workflow, "hourly", on="schedule", types=(), cron="0 * * * *", at=make.now() - timedelta(hours=3))
    env = committed.env | {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "orchestr.settings"}
    argv = [sys.executable, "-c", TICK]

    killed = subprocess.run(argv, env=env | {"ORCHESTR_FAILPOINT": point}, capture_output=True, timeout=120)
    assert killed.returncode == -signal.SIGKILL
    assert (Event.objects.count(), Window.objects.count(), Run.objects.count()) == (0, 0, 0)
    assert Trigger.objects.get().next_at < make.now()

    for _ in range(2):
        ended = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=120)
        assert ended.returncode == 0, ended.stderr
    assert [(each.outcome, each.runs.count()) for each in Event.objects.all()] == [("started", 1)]
    assert Trigger.objects.get().next_at > make.now()
