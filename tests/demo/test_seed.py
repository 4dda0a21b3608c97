"""Moving in: everything is there, on record, and a second time adds nothing."""

import json
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import shelf
from django.core.management import CommandError, call_command
from django.utils import timezone

from audit.models import AuditEvent
from demo.seed import company
from orchestr.agents.models import Scope
from orchestr.agents.tokens import token_for
from orchestr.catalogue.models import FieldValue, Resource, System
from orchestr.governance.models import ControlChange
from orchestr.people.eligibility import deciders_on, segments_with
from orchestr.people.models import Account, Person, Shift
from orchestr.proposals.models import Proposal
from orchestr.rulebook.in_force import in_force
from orchestr.workflows.models import Workflow, WorkflowVersion


@pytest.fixture
def moved(committed: object, tmp_path: Path, settings: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The demo company on two shelves in place of its two servers."""
    shelf.clear()
    for system in ("DEMO_SHOP", "DEMO_ERP"):
        monkeypatch.setenv(f"ORCHESTR_CREDENTIAL_{system}_READ", "shelf")
    for number in range(6):
        where = "apparel/jackets" if number % 2 else "outdoor-gear/tents"
        held = shelf.variant(f"FF-{number}", segment=where, eur=20_000, gbp=17_000)
        shelf.put(company.SHOP, held)
        cost = shelf.FieldSnapshot(
            field="cost",
            value=shelf.money(8_000, tax="excluded"),
            kind="money",
            address=shelf.Address(currency="EUR"),
        )
        shelf.put(company.ERP, replace(held, fields=(cost,), segments=()))
    real = company.systems

    def on_shelves(**urls: str) -> tuple[company.Configured, ...]:
        shop, erp = real(**urls)
        return (
            replace(shop, kind="shelf", settings={**shop.settings, "role": "shop"}),
            replace(erp, kind="shelf", settings={**erp.settings, "role": "erp"}),
        )

    monkeypatch.setattr(company, "systems", on_shelves)
    settings.DATA_DIR = tmp_path / "data"  # type: ignore[attr-defined]
    yield tmp_path / "data"
    shelf.clear()


def seed(*arguments: str) -> None:
    call_command("seed_demo", "--shop", "http://127.0.0.1:9", "--erp", "http://127.0.0.1:9", *arguments)


def counts() -> dict[str, int]:
    kinds = (Account, Person, Shift, Scope, ControlChange, Workflow, WorkflowVersion, Resource, FieldValue, AuditEvent)
    return {kind.__name__: kind.objects.count() for kind in kinds}


def test_everybody_can_sign_in_and_somebody_is_on_call_at_any_hour(moved: Path) -> None:
    seed()
    for username in ("mia", "marco", "fay", "lena", "omar", "olga", "ada", "aud"):
        account = Account.objects.get(username=username)
        assert account.is_active
        assert account.check_password("orchestr-demo")
    mia, marco = (Account.objects.get(username=name) for name in ("mia", "marco"))
    assert not segments_with(mia, "decide_segment") & segments_with(marco, "decide_segment")
    jackets = Resource.objects.get(key="FF-1", type="variant").segments.get()
    assert {tuple(decider.functions) for decider in deciders_on([jackets.pk])} == {
        ("merchandising",),
        ("finance",),
        ("legal",),
    }
    now = timezone.now()
    for hours in range(0, 24 * 60, 6):
        then = now + timedelta(hours=hours)
        assert Shift.objects.filter(starts_at__lte=then, ends_at__gt=then).count() == 1


def test_the_files_hold_live_tokens_for_their_owner_alone(moved: Path) -> None:
    seed()
    written = json.loads((moved / "demo.json").read_text())
    assert [agent["key"] for agent in written["agents"]] == ["repricer", "copywriter", "noscope"]
    for agent in written["agents"]:
        token = token_for(agent["token"], at=timezone.now())
        assert token is not None
        assert token.agent.key == agent["key"]
    assert (moved / "demo-agent-token").read_text().strip() == written["agents"][0]["token"]
    for name in ("demo.json", "demo-agent-token"):
        assert stat.S_IMODE((moved / name).stat().st_mode) == 0o600


def test_no_token_stands_in_the_database_or_the_log(moved: Path) -> None:
    seed()
    for agent in json.loads((moved / "demo.json").read_text())["agents"]:
        assert not any(agent["token"].encode() in bytes(event.canonical) for event in AuditEvent.objects.all())


def test_every_row_is_what_its_events_tell(moved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seed("--proposals", "8")
    call_command("reconcile")
    assert "Every row is what its events tell." in capsys.readouterr().out
    Scope.objects.filter(agent__key="repricer").update(channels=[])
    with pytest.raises(CommandError, match="not what their events tell"):
        call_command("reconcile")


def test_a_second_time_adds_nothing_but_the_look_at_the_shops(moved: Path) -> None:
    seed()
    before, tokens = counts(), (moved / "demo.json").read_text()
    seed()
    assert counts() == before
    assert (moved / "demo.json").read_text() == tokens


def test_scopes_stages_and_policy_took_two_persons(moved: Path) -> None:
    seed()
    changes = ControlChange.objects.select_related("requested_by", "settled_by")
    assert {(change.requested_by.name, change.settled_by.name if change.settled_by else "") for change in changes} == {
        ("Ada Okafor", "Olga Nilsen")
    }
    assert in_force(at=timezone.now()).number == 1
    assert not Scope.objects.filter(agent__key="noscope").exists()
    assert set(Workflow.objects.values_list("stage", flat=True)) == {"trusted"}


def test_a_shop_that_moved_gets_its_new_address(moved: Path) -> None:
    seed()
    call_command("seed_demo", "--shop", "http://127.0.0.1:10", "--erp", "http://127.0.0.1:9")
    assert System.objects.get(key="demo-shop").url == "http://127.0.0.1:10"
    assert AuditEvent.objects.filter(action="connector.changed").count() == 1


def test_what_an_admin_narrowed_since_stays_narrow(moved: Path) -> None:
    seed()
    scope = Scope.objects.get(agent__key="repricer", tool__name="demo-shop.set_price")
    scope.channels = ["web-de"]
    scope.save()
    seed()
    scope.refresh_from_db()
    assert scope.channels == ["web-de"]


def test_proposals_for_the_queue_come_through_the_operations(moved: Path) -> None:
    seed("--proposals", "8")
    states = list(Proposal.objects.values_list("state", flat=True))
    assert len(states) == 8
    assert AuditEvent.objects.filter(action="proposal.submitted").count() == 8
    assert set(states) == {"draft"}


def test_a_held_first_share_and_a_large_set_are_added_once_on_demand(moved: Path) -> None:
    for held in list(shelf.SHELVES[company.SHOP].resources.values()):
        there = shelf.Address(channel="marketplace", currency="EUR")
        asked = shelf.FieldSnapshot(field="price", value=shelf.money(21_000), kind="money", address=there)
        shelf.put(company.SHOP, replace(held, fields=(*held.fields, asked)))
    seed()
    assert Proposal.objects.count() == 0
    seed("--scenes")
    seed("--scenes")
    states = {each.person.name: each.state for each in Proposal.objects.select_related("person") if each.person}
    assert states == {"Marco Ferri": "approved", "Lena Brandt": "draft"}
    assert AuditEvent.objects.filter(action="proposal.submitted").count() == 2
    first_share = Proposal.objects.get(state="approved")
    assert first_share.versions.get().rollout is not None


def test_another_shop_beside_it_widens_the_same_agents_and_workflows(
    moved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed()
    monkeypatch.delenv("ORCHESTR_CREDENTIAL_VENDURE_READ", raising=False)
    seed("--vendure", "http://127.0.0.1:9")
    clearance = Workflow.objects.get(key="clearance")
    assert set(clearance.segments.values_list("key", flat=True)) == {"apparel", "outdoor-gear", "vendure"}
    assert {"vendure", "vendure-uk"} < set(clearance.channels)
    assert (clearance.version, clearance.stage) == (2, "trusted")
    price = Scope.objects.get(agent__key="repricer", tool__name="vendure.set_price")
    assert set(price.segments.values_list("key", flat=True)) == {"apparel", "outdoor-gear", "vendure"}
    assert System.objects.get(key="vendure").degraded_reason.startswith("credential_missing")


def test_a_sandbox_beside_it_is_marked_and_reached_by_the_same_agents(
    moved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ORCHESTR_CREDENTIAL_DEMO_SANDBOX_READ", raising=False)
    seed("--sandbox", "http://127.0.0.1:9")
    assert [row.key for row in System.objects.filter(sandbox=True)] == ["demo-sandbox"]
    price = Scope.objects.get(agent__key="repricer", tool__name="demo-sandbox.set_price")
    assert "rehearsal" in set(price.segments.values_list("key", flat=True))
    assert Workflow.objects.get(key="clearance").segments.filter(key="rehearsal").exists()


def test_without_addresses_it_says_what_is_missing(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ORCHESTR_DEMO_SHOP_URL", raising=False)
    with pytest.raises(CommandError, match="--shop"):
        call_command("seed_demo")
