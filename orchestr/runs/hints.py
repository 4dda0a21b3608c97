"""What goes out on commit after a run changed: its id, to whoever is listening."""

from orchestr.live import EVERYONE, announce
from orchestr.runs.models import Run


def changed(run: Run) -> None:
    """An id says nothing; what it stands for is read through the gate of the page."""
    announce("run", [run.pk], groups=[EVERYONE, agent_group(run.agent_id)])


def agent_group(agent_id: object) -> str:
    """Where an agent's long poll for its next run listens."""
    return f"live.agent.{agent_id}"
