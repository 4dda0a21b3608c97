"""One way into force for a policy: by each door the same operation refuses, and no other door is there."""

import ast
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command, get_commands

from audit.models import AuditEvent
from orchestr.api.api import api
from orchestr.rulebook.drafts import draft_policy
from orchestr.rulebook.models import PolicyVersion
from tests import make
from tests.api.conftest import AgentClient
from tests.proposals.propose import dual

ROOT = Path(__file__).parents[2]
ROOMS = ("orchestr", "reviews", "audit", "demo", "launch")


def _calls(name: str) -> set[str]:
    """The files in which something of this name is called or imported."""
    found = set()
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                named = getattr(node, "id", None) or getattr(node, "attr", None)
                imported = [alias.name for alias in node.names] if isinstance(node, ast.ImportFrom) else []
                if named == name or name in imported:
                    found.add(str(path.relative_to(ROOT)))
    return found


def test_only_the_confirmed_control_change_puts_a_version_in_force() -> None:
    assert _calls("_put_in_force") == {"orchestr/rulebook/publish.py"}
    assigned = {
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == "PUBLISHED" and "PolicyVersion" in ast.unparse(node)
    }
    assert assigned == {"orchestr/rulebook/publish.py"}


def test_only_the_admins_page_and_the_seed_ask_for_a_publication() -> None:
    asking = _calls("request_publication") - {"orchestr/rulebook/publish.py"}
    assert all(each.startswith(("reviews/admin/", "demo/")) for each in asking), asking
    assert any(each.startswith("reviews/admin/") for each in asking)


def test_no_command_publishes_drafts_or_confirms() -> None:
    commands = ROOT / "orchestr" / "management" / "commands"
    for path in commands.glob("*.py"):
        imported = {node.module for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)}
        assert not imported & {"orchestr.rulebook.publish", "orchestr.rulebook.drafts"}, path.name
    own = {name for name, app in get_commands().items() if app in ("orchestr", "reviews", "audit")}
    assert not {name for name in own if "publish" in name}


@pytest.mark.django_db
def test_the_command_that_tries_a_draft_leaves_it_a_draft(house: make.House) -> None:
    loose = PolicyVersion.objects.get(state="published").rules | {"rules": []}
    row = draft_policy(rules=loose, by=house.people.ada, at=make.now())
    dual(house)
    events = AuditEvent.objects.count()
    call_command("simulate_policy", str(row.number), "--days", "30")
    assert PolicyVersion.objects.get(state="published").number == 1
    row.refresh_from_db()
    assert (row.state, AuditEvent.objects.count()) == ("draft", events)


def test_the_agents_api_has_no_operation_on_policy() -> None:
    paths = [path for _, router in api._routers for path in router.path_operations]
    assert paths
    assert [path for path in paths if "polic" in path or "rulebook" in path or "control" in path] == []


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/policy/2/publish/", "/controls/00000000-0000-7000-8000-000000000000/confirm/"])
def test_a_token_publishes_and_confirms_nothing(house: make.House, path: str) -> None:
    """Neither below the API nor on the people's pages, where a token is nobody signed in."""
    client = AgentClient(house.token)
    rows: list[Any] = list(PolicyVersion.objects.values())
    assert client.post(path, {"reason": "It is urgent."}).status_code == 404
    answer = client.http.post(path, {"reason": "It is urgent."}, headers=client.headers)
    assert (answer.status_code, answer.headers["Location"].startswith("/login/")) == (302, True)
    assert list(PolicyVersion.objects.values()) == rows
