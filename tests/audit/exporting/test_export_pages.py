"""Large exports by the page: asked for, watched without JavaScript, downloaded by who may see all that is in them."""

import io
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from audit import bundle, verify
from audit.exporting.files import path_of
from audit.exporting.making import perform
from audit.exporting.taking import claim
from audit.keys import announce
from audit.models import AuditEvent, Export
from audit.notes import Signer
from audit.record import record_many
from audit.seal import Stretch, seal
from tests import make, people
from tests.audit.events import submitted

SIGNER = Signer.new("orchestr-audit/test")


@pytest.fixture
def cast(committed, settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> people.Cast:
    """Two events are few here, more are many."""
    settings.EXPORTS_DIR = str(tmp_path / "exports")
    monkeypatch.setattr("audit.entries.FEW", 2)
    return people.cast(apparel=make.segment("apparel"), outdoor=make.segment("outdoor"))


def grow(count: int, **entry) -> None:
    with transaction.atomic():
        announce([SIGNER], at=timezone.now())
        record_many([submitted(**entry) for _ in range(count)])
    seal(signers=[SIGNER], at=timezone.now(), within=Stretch())


def signed_in(account) -> Client:
    client = Client()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


def ask(client: Client, format: str = "bundle", **asked: str) -> Export:
    answer = client.post("/audit/export/", {"format": format} | asked)
    export = Export.objects.latest("asked_at")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/audit/exports/{export.pk}/")
    return export


def made() -> None:
    while (found := claim(at=timezone.now())) is not None:
        perform(found)


def actions() -> list[str]:
    return list(AuditEvent.objects.exclude(action="proposal.submitted").order_by("id").values_list("action", flat=True))


def test_more_than_a_page_makes_is_asked_for_watched_and_downloaded_and_each_is_on_record(cast):
    grow(4, segments=["apparel"])
    grow(3, segments=["outdoor"])
    mia = signed_in(cast.mia)
    export = ask(mia)
    page = mia.get(f"/audit/exports/{export.pk}/").content.decode()
    assert 'hx-trigger="every 2s"' in page
    assert "Look now" in page
    assert "Download" not in page
    part = mia.get(f"/audit/exports/{export.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert part.strip().startswith('<div id="course"')
    made()
    page = mia.get(f"/audit/exports/{export.pk}/").content.decode()
    assert "every 2s" not in page
    answer = mia.post(f"/audit/exports/{export.pk}/download/")
    content = b"".join(answer.streaming_content)
    found = verify.verify(bundle.opened(io.BytesIO(content)), key=SIGNER.key)
    assert (found.count, answer.headers["Content-Length"]) == (4, str(len(content)))
    assert actions() == ["export.requested", "export.made", "export.downloaded"]
    event = AuditEvent.objects.get(action="export.downloaded")
    assert (event.actor_id, event.about, event.data["rows"]) == (
        str(cast.mia.person_id), {"export": str(export.pk)}, 4,
    )  # fmt: skip


def test_few_events_come_at_once(cast):
    grow(2, segments=["apparel"])
    answer = signed_in(cast.mia).post("/audit/export/", {"format": "bundle"})
    assert answer.status_code == 200
    assert verify.verify(bundle.opened(io.BytesIO(b"".join(answer.streaming_content)))).count == 2
    assert actions() == ["export.made"]


def test_others_do_not_know_of_it_and_auditors_have_it_within_their_grants(cast):
    grow(3, segments=["apparel"])
    export = ask(signed_in(cast.mia), "jsonl")
    made()
    for who in (cast.marco, cast.ada):
        client = signed_in(who)
        assert client.get(f"/audit/exports/{export.pk}/").status_code == 404
        assert str(export.pk) not in client.get("/audit/exports/").content.decode()
        before = actions()
        assert client.post(f"/audit/exports/{export.pk}/download/").status_code == 404
        assert actions() == [*before, "refused"]
    aud = signed_in(cast.aud)
    assert str(export.pk) in aud.get("/audit/exports/").content.decode()
    answer = aud.post(f"/audit/exports/{export.pk}/download/")
    assert len(b"".join(answer.streaming_content).splitlines()) == 3
    told = AuditEvent.objects.get(action="export.downloaded")
    assert (told.actor_id, told.on_behalf_of) == (str(cast.aud.person_id), str(cast.mia.person_id))


def test_who_has_lost_the_right_to_see_it_may_not_have_it_any_more(cast):
    from orchestr.people.models import SegmentAccountGrant

    grow(3, segments=["apparel"])
    mia = signed_in(cast.mia)
    export = ask(mia, "csv")
    made()
    SegmentAccountGrant.objects.filter(user=cast.mia).delete()
    page = mia.get(f"/audit/exports/{export.pk}/").content.decode()
    assert "It holds events that you may not see" in page
    assert mia.post(f"/audit/exports/{export.pk}/download/").status_code == 404
    assert "export.downloaded" not in actions()


@pytest.mark.parametrize("state", ["queued", "making", "failed", "gone"])
def test_what_is_not_ready_is_not_to_be_had(cast, state):
    grow(3, segments=["apparel"])
    mia = signed_in(cast.mia)
    export = ask(mia)
    path_of(export).write_bytes(b"half of it")
    Export.objects.filter(pk=export.pk).update(state=state, failure="broken" if state == "failed" else "")
    assert mia.get(f"/audit/exports/{export.pk}/").status_code == 200
    assert mia.post(f"/audit/exports/{export.pk}/download/").status_code == 404


def test_the_list_is_empty_at_first_and_says_what_will_be_there(cast):
    page = signed_in(cast.mia).get("/audit/exports/").content.decode()
    assert "No export is made in the background yet" in page


def test_a_question_that_takes_too_long_to_count_is_taken_for_a_large_one(cast, monkeypatch):
    grow(3, segments=["apparel"])
    monkeypatch.setattr("audit.entries._LOOK_MS", 1)
    monkeypatch.setattr("audit.selection._seen_by", lambda sight: _slow())
    ask(signed_in(cast.mia), "jsonl")


def _slow():
    from django.db.models import FloatField, Q
    from django.db.models.expressions import RawSQL
    from django.db.models.lookups import IsNull

    return Q(IsNull(RawSQL("pg_sleep(5)::text", (), output_field=FloatField()), False))
