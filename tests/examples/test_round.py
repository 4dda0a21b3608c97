"""All five example agents at work once: the real shop, the real ERP, the real door."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from demo.seed.examples import EXAMPLES
from launch.deployment import REPOSITORY
from launch.live import Live
from orchestr.proposals.models import Proposal
from orchestr.runs.models import Evidence, Run


@pytest.fixture
def employed(
    committed: object, processes: Live, tmp_path: Path, settings: object, monkeypatch: pytest.MonkeyPatch
) -> tuple[Live, Path]:
    shop, erp = processes.demo_shop(), processes.demo_erp()
    for name, value in processes.env.items():
        if name.startswith("ORCHESTR_CREDENTIAL_"):
            monkeypatch.setenv(name, value)
    data = tmp_path / "data"
    settings.DATA_DIR = data  # type: ignore[attr-defined]
    call_command("seed_demo", "--shop", shop.url, "--erp", erp.url, "--examples")
    return processes, data


@pytest.mark.slow
def test_each_does_a_job_that_people_can_decide_on(employed: tuple[Live, Path]) -> None:
    processes, data = employed
    web = processes.web()
    tokens = {each["key"] for each in json.loads((data / "demo.json").read_text())["agents"]}
    assert tokens >= {role.key for role in EXAMPLES}
    environment = os.environ | {"ORCHESTR_DATA": str(data), "ORCHESTR_URL": web.url}
    for module in ("allocation", "pricing", "storefront", "content", "winback"):
        done = subprocess.run(
            [sys.executable, "-m", f"examples.{module}"],
            env=environment,
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
    proposed = {each.agent.key: each for each in Proposal.objects.select_related("agent").order_by("submitted_at")}
    assert proposed.keys() == {role.key for role in EXAMPLES}
    assert not [each.agent.key for each in proposed.values() if each.state == "blocked"]
    assert not Run.objects.exclude(state="finished").exists()
    lineage = proposed["channel-writer"].versions.get().lineage
    assert (lineage["models"], lineage["prompts"]) == (["rules"], [{"id": "channel-writer", "version": "1"}])
    assert Evidence.objects.filter(kind="claimed", run__workflow__key="win-back").count() == 1
    assert not Evidence.objects.filter(kind="claimed").exclude(run__workflow__key="win-back").exists()
