"""What people wrote leads to the events of its proposals, for those who may see them, while it is there."""

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from audit.models import AuditEvent
from audit.record import record_many
from audit.views import written
from orchestr.people.models import Account
from orchestr.proposals.models import Decision, Proposal, Version
from tests import make
from tests.audit.events import submitted
from tests.proposals.propose import single


def page(who: Account, **query: str):
    client = Client()
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    return client.get("/audit/", query)


def shown(who: Account, **query: str) -> set[str]:
    rows = page(who, **query).context["rows"]
    return {mention.id for row in rows for mention in row.mentions if mention.kind == "proposal"}


@pytest.fixture
def proposal(house: make.House) -> Proposal:
    found = single(house)
    Version.objects.filter(proposal=found).update(
        summary="Winterschlussverkauf für Jäckchen", rationale="100% sure_thing ЗИМА مُعِيل"
    )
    return found


@pytest.mark.parametrize(
    "text",
    [
        "winterschluss",
        "JACKCHEN",
        "jäckchen",
        "ja\u0308ckchen",
        "fur winter",
        "100%",
        "sure_t",
        "зима",
        "معيل",
        "\u200eзима",
    ],
)
def test_words_are_found_whatever_their_case_and_accents(house, proposal, text):
    assert shown(house.people.mia, written=text) == {str(proposal.pk)}


@pytest.mark.parametrize("text", ["sommer", "winter sommer", "100_", "sure%thing", "%", "'; --", "100\\%"])
def test_what_nobody_wrote_is_not_found(house, proposal, text):
    expected = {str(proposal.pk)} if text == "%" else set()  # it is there, as itself
    assert shown(house.people.mia, written=text) == expected


def test_reasons_and_comments_are_read_too(house, proposal):
    version = proposal.versions.get()
    Decision.objects.create(
        proposal=proposal, version=version, digest=version.digest, person=house.people.mia.person, account=house.people.mia,
        verdict="block", reason="Looks like a Typo", at=timezone.now(),
    )  # fmt: skip
    proposal.comments.create(person=house.people.mia.person, text="ask Müller first", at=timezone.now())
    for text in ("typo", "muller", "typo winter"):
        assert shown(house.people.mia, written=text) == {str(proposal.pk)}, text


def test_who_may_not_see_the_proposal_learns_nothing(house, proposal):
    event = record_many([submitted(about={"proposal": proposal.pk}, segments=[])])
    assert event
    for who in (house.people.marco,):
        answer = page(who, text="winterschluss")
        assert not answer.context.get("elsewhere")
        assert shown(who, written="winterschluss") == shown(who, written="nothing at all") == set()


def test_texts_whose_time_is_over_are_found_no_more(house, proposal):
    Version.objects.filter(proposal=proposal).update(summary="", rationale="")
    assert shown(house.people.mia, written="winterschluss") == set()


def test_a_text_that_stands_elsewhere_is_led_to(house, proposal):
    answer = page(house.people.mia, text="Winterschluss")
    assert [(each.words, each.url) for each in answer.context["elsewhere"]] == [
        ("What people wrote on 1 proposal", "/audit/?written=Winterschluss")
    ]
    named = page(house.people.mia, text=house.people.mia.person.name[:3].lower()).context["elsewhere"]
    assert f"/audit/?person={house.people.mia.person_id}" in [each.url for each in named]


def test_the_look_is_bounded_and_said(house, proposal, monkeypatch):
    monkeypatch.setattr(written, "LOOK", 0)
    assert shown(house.people.mia, written="winterschluss") == set()
    assert "newest" in page(house.people.mia, written="winterschluss").content.decode()


def test_it_is_no_filter_of_an_export_and_nothing_of_it_comes_into_the_log(house, proposal):
    client = Client()
    client.force_login(house.people.mia, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post("/audit/export/", {"format": "jsonl", "written": "Jäckchen"})
    assert answer.status_code == 400
    refusal = AuditEvent.objects.get(action="refused")
    assert refusal.data["code"] == "written_not_exported"
    assert not AuditEvent.objects.filter(action__startswith="export.").exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_event WHERE convert_from(canonical, 'UTF8') LIKE '%%ckchen%%'")
        assert cursor.fetchone() == (0,)
    assert "/audit/export/" not in page(house.people.mia, written="Jäckchen").content.decode()


@pytest.mark.parametrize("text", ["a\0b", "x" * 201, "\u202e"])
def test_what_cannot_be_read_is_said(house, text):
    answer = page(house.people.mia, written=text)
    assert answer.status_code == 400
    assert "The filter written cannot be read." in answer.content.decode()
