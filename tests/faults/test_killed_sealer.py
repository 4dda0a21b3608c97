"""The sealer killed at each of its points: no gap, nothing twice, nothing lost."""

import os
import signal
import subprocess
import sys

import pytest
from django.db import transaction

from audit.merkle import leaf_hash, root_of
from audit.models import AuditCheckpoint, AuditEvent, AuditLeaf
from audit.record import record_many
from orchestr import failpoints
from tests.audit.events import submitted

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("point", sorted(failpoints.SEALING))
def test_a_sealer_killed_at_any_point_leaves_a_log_that_the_next_one_continues(point, committed, tmp_path):
    with transaction.atomic():
        record_many([submitted() for _ in range(20)])
    env = committed.env | {
        "PATH": os.environ["PATH"],
        "ORCHESTR_SEAL_KEY_FILE": str(tmp_path / "key"),
        "ORCHESTR_WITNESS_DIR": str(tmp_path),
        "ORCHESTR_WITNESS_S": "0",
    }
    argv = [sys.executable, "manage.py", "seal_audit", "--once", "--skip-checks"]

    killed = subprocess.run(argv, env=env | {"ORCHESTR_FAILPOINT": point}, capture_output=True, timeout=120)
    assert killed.returncode == -signal.SIGKILL
    assert AuditLeaf.objects.exists() == (point == "seal.committed")

    with transaction.atomic():
        record_many([submitted() for _ in range(5)])
    ended = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=120)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert list(AuditLeaf.objects.order_by("number").values_list("number", flat=True)) == list(
        range(AuditEvent.objects.count())
    )
    stored = {id: leaf_hash(bytes(said)) for id, said in AuditEvent.objects.values_list("id", "canonical")}
    hashes = [stored[id] for id in AuditLeaf.objects.order_by("number").values_list("event_id", flat=True)]
    newest = AuditCheckpoint.objects.order_by("-id")[0]
    assert (newest.size, bytes(newest.root)) == (len(stored), root_of(hashes))
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
