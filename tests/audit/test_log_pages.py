"""The sealed log on pages: how it stands, its checkpoint and proofs for witnesses, bundles of what one may see."""

import base64
import io
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from audit import bundle, verify
from audit.keys import announce
from audit.models import AuditEvent
from audit.notes import Signer, opened
from audit.record import record_many
from audit.seal import Stretch, seal
from orchestr.pulse import LogState, beat, state_of_the_log
from tests import make, people
from tests.audit import independent
from tests.audit.events import submitted

SIGNER = Signer.new("orchestr-audit/test")


@pytest.fixture
def cast(committed):
    apparel = make.segment("apparel")
    return people.cast(apparel=apparel, outdoor=make.segment("outdoor"))


def grow(count: int, **entry):
    with transaction.atomic():
        announce([SIGNER], at=timezone.now())
        record_many([submitted(**entry) for _ in range(count)])
    return seal(signers=[SIGNER], at=timezone.now(), within=Stretch()).checkpoint


def signed_in(account) -> Client:
    client = Client()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_anybody_may_have_the_newest_checkpoint_and_the_proof_that_the_log_grew(cast):
    old, new = grow(5), grow(8)
    client = Client()
    note = client.get("/audit/checkpoint/").content.decode()
    assert opened(note, [SIGNER.key])[0] == new
    proof = [base64.b64decode(part) for part in client.get(f"/audit/consistency/{old.size}/{new.size}/").json()]
    assert independent.is_consistent(old.size, new.size, old.root, new.root, proof)
    assert client.get(f"/audit/consistency/{new.size}/{old.size}/").status_code == 404
    assert client.get(f"/audit/consistency/1/{new.size + 1}/").status_code == 404


def test_without_a_checkpoint_there_is_none(cast):
    assert Client().get("/audit/checkpoint/").status_code == 404


def test_the_page_says_how_far_the_log_is_sealed_and_what_waits(cast):
    grow(4)
    with transaction.atomic():
        record_many([submitted()])
    beat(name="sealed", at=timezone.now())
    size = AuditEvent.objects.count() - 1
    page = signed_in(cast.aud).get("/audit/").content.decode()
    assert f'data-log="sealed" data-size="{size}"' in page
    assert f"up to #{size - 1}" in page
    assert SIGNER.key.id.hex() in page
    assert "1 newer event waits to be sealed" in page


@pytest.mark.parametrize(
    ("beats", "state"),
    [
        ({}, LogState.BEHIND),
        ({"sealed": 0}, LogState.SEALED),
        ({"sealed": 31}, LogState.BEHIND),
        ({"sealed": 0, "sealer-alarm": 5}, LogState.ALARM),
        ({"sealed": 0, "sealer-alarm": 31}, LogState.SEALED),
    ],
)
def test_the_log_is_sealed_behind_or_not_the_one_that_was_sealed(beats, state, db):
    now = timezone.now()
    for name, ago in beats.items():
        beat(name=name, at=now - timedelta(seconds=ago))
    assert state_of_the_log(at=now) == state


def test_an_alarm_stands_on_the_audit_page_on_calls_board_and_in_readyz(cast):
    beat(name="sealer-alarm", at=timezone.now())
    assert "The log is not the one that was sealed" in signed_in(cast.aud).get("/audit/").content.decode()
    assert 'data-log="alarm"' in signed_in(cast.omar).get("/oncall/").content.decode()
    ready = Client().get("/readyz")
    assert ready.status_code == 503
    assert "audit log: not the one that was sealed; the sealer has stopped" in ready.json()["unwell"]


def test_lag_is_said_by_readyz(cast):
    assert "audit log: sealing lags behind" in Client().get("/readyz").json()["unwell"]


def test_a_bundle_holds_what_its_reader_may_see_and_is_recorded(cast):
    grow(3, segments=["apparel"])
    grow(2, segments=["outdoor"])
    answer = signed_in(cast.mia).post("/audit/export/", {"format": "bundle"})
    assert answer.status_code == 200
    found = verify.verify(bundle.opened(io.BytesIO(b"".join(answer.streaming_content))), key=SIGNER.key)
    assert found.count == 3
    event = AuditEvent.objects.get(action="export.made")
    assert (event.data["format"], event.data["rows"], event.actor_id) == ("bundle", 3, str(cast.mia.person_id))


def test_a_bundle_is_refused_while_nothing_is_sealed_with_one_refusal_and_no_export(cast):
    assert signed_in(cast.aud).post("/audit/export/", {"format": "bundle"}).status_code == 409
    assert list(AuditEvent.objects.values_list("action", flat=True)) == ["refused"]


def test_an_events_page_tells_its_number_and_its_proof_is_accepted_by_others(cast):
    newest = grow(21)
    client = signed_in(cast.aud)
    event = AuditEvent.objects.order_by("id")[9]
    page = client.get(f"/audit/events/{event.id}/")
    told = client.get(page.context["proof_url"]).json()
    assert f"#{told['number']}" in page.content.decode()
    assert told["size"] == newest.size
    assert opened(told["checkpoint"], [SIGNER.key])[0] == newest
    leaf = independent.hashed_leaf(base64.b64decode(told["canonical"]))
    assert leaf.hex() == told["leaf"]
    path = [bytes.fromhex(part) for part in told["path"]]
    assert independent.is_included(told["number"], told["size"], leaf, path, newest.root)


def test_an_event_that_is_not_sealed_or_not_ones_own_has_no_proof(cast):
    with transaction.atomic():
        [open_event] = record_many([submitted(segments=["apparel"])])
    assert signed_in(cast.mia).get(f"/audit/events/{open_event}/proof/").status_code == 404
    grow(1)
    assert signed_in(cast.mia).get(f"/audit/events/{open_event}/proof/").status_code == 200
    assert signed_in(cast.marco).get(f"/audit/events/{open_event}/proof/").status_code == 404
