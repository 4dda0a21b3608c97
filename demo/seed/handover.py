"""What the seed leaves for visitors, demo agents and tests: `demo.json` and the repricer's token, for the owner's eyes."""

from datetime import datetime
from pathlib import Path

from demo.seed.agents import AGENTS, hand_out
from demo.seed.examples import EXAMPLES
from demo.seed.people import CAST
from launch import demo_file
from launch.keys import write_private
from orchestr.agents.models import Agent
from orchestr.people.models import Account

TOKEN_FILE = "demo-agent-token"


def tokens(agents: dict[str, Agent], *, data: Path, by: Account, at: datetime) -> dict[str, str]:
    """A live token for each agent: the one in `demo.json` if it still opens the door."""
    held = {each["key"]: each["token"] for each in demo_file.read(data).get("agents", [])}
    return {key: hand_out(agent, held=held.get(key, ""), by=by, at=at) for key, agent in agents.items()}


def leave(issued: dict[str, str], *, data: Path) -> None:
    """Write both files with mode 0600. Called once the tokens are committed: a token on disk opens the door.

    What an earlier seed left for agents that this one does not know stays there.
    """
    agents = [
        {"key": role.key, "token": issued[role.key], "owner": "ada", "workflow": role.workflow}
        for role in (*AGENTS, *EXAMPLES)
        if role.key in issued
    ]
    agents += [each for each in demo_file.read(data).get("agents", []) if each["key"] not in issued]
    people = [{"username": role.username, "name": role.name, "functions": list(role.functions)} for role in CAST]
    demo_file.merge(data, agents=agents, people=people)
    write_private(data / TOKEN_FILE, issued["repricer"] + "\n")
