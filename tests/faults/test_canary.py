"""Secrets and personal data that go in by every door come out by none: tables, broker, logs, pages, exports, processes."""

import base64
import io
import json
import re
import secrets
import tarfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from django.db import transaction
from django.utils import timezone

from audit.keys import announce
from audit.models import RowChange
from audit.notes import Signer
from audit.seal import Stretch, seal
from orchestr.people.models import Account
from orchestr.proposals.models import Proposal
from orchestr.reconciling.unexplained import first_change, look
from tests import dump, people, visitor
from tests.faults.company import Company
from tests.proposals.propose import propose
from tests.visitor import Visitor

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]


@pytest.fixture
def canaries() -> dict[str, str]:
    """One of each kind, in a shape that nothing else has."""
    names = ("password", "wrong-password", "wrong-token", "header", "body", "query", "webhook")
    found = {name: f"canary{secrets.token_hex(12)}" for name in names}
    return found | {"mail": f"canary{secrets.token_hex(6)}@fjord.example"}


@pytest.fixture
def watched(company: Company, canaries: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> Company:
    """Everything runs; Mia has a password and a mail that nobody else has, and the house a secret for its webhook."""
    mia = company.house.people.mia
    account = Account.objects.get(pk=mia.pk)
    account.set_password(canaries["password"])
    account.email = canaries["mail"]
    account.save(update_fields=["password", "email"])
    monkeypatch.setattr(visitor, "PASSWORD", canaries["password"])
    company.live.env["ORCHESTR_PAGING_WEBHOOK_SECRET"] = f"whsec_{canaries['webhook']}"
    company.live.web()
    company.worker()
    return company


def test_what_is_secret_goes_in_by_every_door_and_comes_out_by_none(
    watched: Company, canaries: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    knocked(watched, canaries)
    watched.shop.script("error")  # the first write fails in the worker's task, and says so
    with Visitor(watched.live.url, "mia") as mia:
        session = mia.http.cookies["sessionid"]
        proposal = main_job(watched, mia)
        pages = shown(watched, mia, "mia", proposal)
        sealed()
        pages |= bundled(watched, mia, "mia")
    for name in ("ada", "aud", "omar"):
        monkeypatch.setattr(visitor, "PASSWORD", people.PASSWORD)
        with Visitor(watched.live.url, name) as each:
            pages |= shown(watched, each, name, proposal) | bundled(watched, each, name)
    hidden = canaries | secrets_of(watched) | {"session": session}
    places = {
        **{f"table {name}": text for name, text in dump.tables().items()},
        **{f"log {path.name}": path.read_text(errors="replace") for path in logs(watched)},
        **{f"process {name}": command_line(child.pid) for name, child in watched.live.children.items()},
        "broker": dump.broker(watched.live.broker.server.socket),
        **pages,
    }
    for start in (
        "table audit_event_",
        "table audit_row_change_",
        "process web",
        "log web",
        "page /audit/",
        "bundle events.jsonl of",
        "bundle index.html of",
    ):
        assert any(text for name, text in places.items() if name.startswith(start)), start
    found = {(name, place) for name, secret in hidden.items() for place, text in places.items() if secret in text}
    assert found == {("mail", "table orchestr_account")}
    assert changed_by_processes_without_an_event() == []


def test_the_search_finds_what_is_there(watched: Company, canaries: dict[str, str]) -> None:
    """A canary in a place that is searched is found there: the other test would be red."""
    Account.objects.filter(pk=watched.house.people.omar.pk).update(username=canaries["body"])
    assert [name for name, text in dump.tables().items() if canaries["body"] in text] == ["orchestr_account"]


def knocked(company: Company, canaries: Mapping[str, str]) -> None:
    """What nobody should send, at the doors of people, agents and shops."""
    with httpx.Client(base_url=company.live.url, timeout=60) as somebody:
        somebody.get("/login/")
        given = {"username": "omar", "password": canaries["wrong-password"]}
        token = {"csrfmiddlewaretoken": somebody.cookies["csrftoken"]}
        origin = {"Origin": company.live.url, "X-Forwarded-For": canaries["header"], "X-Api-Key": canaries["header"]}
        assert somebody.post("/login/", data=given | token, headers=origin).status_code == 401
        wrong = {"Authorization": f"Bearer orc_{canaries['wrong-token']}"}
        assert somebody.get("/api/v1/tools", headers=wrong).status_code == 401
        right = {"Authorization": f"Bearer {company.house.token}", "X-Api-Key": canaries["header"]}
        answer = somebody.get("/api/v1/tools", headers=right, params={"token": canaries["query"]})
        assert answer.status_code == 200
        body = {"workflow": "clearance", "password": canaries["body"], canaries["body"]: [canaries["body"]]}
        more = right | {"Idempotency-Key": "once"}
        assert 400 <= somebody.post("/api/v1/runs", headers=more, json=body).status_code < 500
        signed = {"X-Signature": canaries["header"], "Authorization": canaries["header"]}
        assert (
            somebody.post("/api/v1/hooks/demo-shop", headers=signed, json={"key": canaries["body"]}).status_code >= 400
        )


def main_job(company: Company, mia: Visitor) -> Proposal:
    """Mia approves what the agent proposes, the worker publishes it, Omar has it put back."""
    proposal = propose(
        company.house,
        company.house.change(company.variants[0], after=company.lower(company.variants[0])) | {"system": "demo-shop"},
    )
    decider = company.deciders(company.variants[0])[0]
    assert decider.username == "mia"
    mia.act(f"/reviews/{proposal.pk}/", "approve")
    company.settled(proposal)
    assert proposal.state == "published"
    company.revert(proposal)
    company.settled(proposal)
    assert proposal.state == "reverted"
    return proposal


def shown(company: Company, who: Visitor, name: str, proposal: Proposal) -> dict[str, str]:
    """What this person's pages and exports say."""
    mia = company.house.people.mia.pk
    paths = [
        "/", "/reviews/", f"/reviews/{proposal.pk}/", "/audit/", "/audit/rows/", "/people/", f"/people/{mia}/",
        "/agents/", "/agents/repricer/", "/connectors/", "/connectors/demo-shop/", "/controls/", "/oncall/",
        "/holds/",
    ]  # fmt: skip
    answers = {path: who.http.get(path) for path in paths}
    assert all(answer.status_code in (200, 404, 405) for answer in answers.values())
    assert sum(answer.status_code == 200 for answer in answers.values()) >= 4
    token = {"csrfmiddlewaretoken": who.http.cookies["csrftoken"]}
    for kind in ("jsonl", "csv"):
        origin = {"Origin": company.live.url}
        exported = who.http.post("/audit/export/", data={"format": kind} | token, headers=origin)
        assert exported.status_code == 200, kind
        answers[f"/audit/export/ {kind}"] = exported
    return {f"page {path} of {name}": answer.text for path, answer in answers.items()}


def sealed() -> None:
    """As the sealer does it, so that there is something to put into a bundle."""
    signer = Signer.new("orchestr-audit/test")
    with transaction.atomic():
        announce([signer], at=timezone.now())
    assert seal(signers=[signer], at=timezone.now(), within=Stretch()).checkpoint is not None


def bundled(company: Company, who: Visitor, name: str) -> dict[str, str]:
    """What each member of this person's bundle says, and what its page carries inside."""
    token = {"csrfmiddlewaretoken": who.http.cookies["csrftoken"]}
    answer = who.http.post("/audit/export/", data={"format": "bundle"} | token, headers={"Origin": company.live.url})
    assert answer.status_code == 200
    with tarfile.open(fileobj=io.BytesIO(answer.content)) as file:
        parts = {member.name: file.extractfile(member).read() for member in file}
    carried = json.loads(re.search(rb'id="bundle">(.*?)</script>', parts["index.html"])[1])
    assert carried
    told = {f"bundle {part} of {name}": content.decode(errors="replace") for part, content in parts.items()}
    inside = {
        f"bundle index.html of {name}, {part}": base64.b64decode(text).decode(errors="replace")
        for part, text in carried.items()
    }
    return told | inside


def secrets_of(company: Company) -> dict[str, str]:
    """The secrets that the processes really work with."""
    found = {"token": company.house.token}
    for name, path in company.live.env.items():
        if name.startswith("ORCHESTR_CREDENTIAL_DEMO_SHOP") and name.endswith("_FILE"):
            found[name] = Path(path).read_text().strip()
    found["secret key"] = Path(company.live.env["ORCHESTR_SECRET_KEY_FILE"]).read_text().strip()
    assert len(found) >= 4
    return found


def logs(company: Company) -> list[Path]:
    return list(company.live.deployment.logs.glob("*.log"))


def command_line(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def changed_by_processes_without_an_event() -> list[str]:
    """Row changes of the web process and the workers that no event explains; what the test itself made is not theirs."""
    now = timezone.now()
    found = look(since=first_change(at=now), until=now + timedelta(minutes=1)).unexplained
    rows = RowChange.objects.filter(pk__in=found, application__in=["web", "publish"])
    return [f"{change} {sorted(change.changes)}" for change in rows]
