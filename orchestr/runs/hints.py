"""What goes out on commit after a run changed: its id, to whoever is listening."""

from orchestr.live import EVERYONE, announce
from orchestr.runs.models import Run
from orchestr.runs.states import RunState


def changed(run: Run) -> None:
    """An id says nothing; what it stands for is read through the gate of the page.

    Only a run that waits wakes the agent's processes: each of them would look for one, and find nothing.
    """
    waits = [agent_group(run.agent_id)] if run.state == RunState.QUEUED else []
    announce("run", [run.pk], groups=[EVERYONE, *waits])


def agent_group(agent_id: object) -> str:
    """Where an agent's long poll for its next run listens."""
    return f"live.agent.{agent_id}"
