"""Whatever an agent writes stays words: escaped, in a box that says whose words they are, far from the buttons."""

import json
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from audit.models import AuditEvent
from orchestr.proposals.models import Proposal
from tests import make
from tests.api.conftest import AgentClient
from tests.reviews import hostile
from tests.reviews.hostile import CSRF_TOKEN, MARK, PIECES, SCRIPT, Json, Planted, pages_of, plant, shown


@pytest.fixture
def planted(house: make.House) -> Planted:
    agent = AgentClient(house.token)

    def send(path: str, body: Json) -> Json:
        answer = agent.post(path, body)
        assert answer.status_code in (200, 201), answer.content
        return answer.json()

    return plant(send, house.change(after=19_000), house.change(house.jacket_2, after=19_000))


def visit(account: object, path: str) -> str:
    client = Client()
    client.force_login(account)  # type: ignore[arg-type]
    answer = client.get(path)
    assert answer.status_code in (200, 404), (path, answer.status_code)  # not everybody sees every page
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    return answer.content.decode()


def test_words_of_an_agent_are_shown_only_in_a_marked_box_on_every_page(house: make.House, planted: Planted) -> None:
    for account in (house.people.mia, house.people.omar, house.people.ada, house.people.aud):
        for path in pages_of(planted):
            read = shown(visit(account, path))
            assert (path, read.live, read.loose) == (path, [], [])


def test_the_words_are_there_to_be_read_on_the_proposal_and_on_the_run(house: make.House, planted: Planted) -> None:
    assert shown(visit(house.people.mia, f"/reviews/{planted.proposal}/")).inside > 0
    assert shown(visit(house.people.mia, f"/runs/{planted.run}/")).inside > 0


def test_an_agents_words_stand_in_no_part_that_holds_a_button(house: make.House, planted: Planted) -> None:
    assert MARK not in visit(house.people.mia, f"/reviews/{planted.proposal}/decision/")
    assert MARK not in visit(house.people.mia, f"/reviews/{planted.proposal}/row/")
    assert MARK not in visit(house.people.mia, "/reviews/")


def test_the_log_holds_no_word_of_an_agent(planted: Planted) -> None:
    events = AuditEvent.objects.filter(about__run=planted.run) | AuditEvent.objects.filter(
        about__proposal=planted.proposal
    )
    assert events.count() > 5
    for event in events:
        assert MARK not in bytes(event.canonical).decode(), event.action
        assert MARK not in json.dumps(event.data), event.action


def propose_copy(house: make.House, text: str) -> Any:
    """The answer to a proposal that makes this text a product's description."""
    agent = AgentClient(house.token)
    event = {"id": "e-copy", "type": "schedule.due", "source": "cron"}
    run = agent.post("/runs", {"workflow": "clearance", "source_event": event}).json()["id"]
    field = {"field": "description", "address": make.ENGLISH.wire()}
    place = {"kind": "observed", "type": "product", "id": "jacket-one", "fields": [field]}
    seen = agent.post(f"/runs/{run}/evidence", place).json()["evidence"]
    change = {"type": "product", "id": "jacket-one", **field, "before": "Keeps the rain out.", "after": text}
    body = {"summary": "New copy.", "evidence": [each["id"] for each in seen], "confidence": 0.9, "changes": [change]}
    return agent.post(f"/runs/{run}/proposals", body)


def test_copy_with_markup_is_shown_as_a_diff_of_words(house: make.House) -> None:
    answer = propose_copy(house, hostile.PRINTABLE)
    assert answer.status_code == 201, answer.content
    page = visit(house.people.mia, f"/reviews/{answer.json()['id']}/")
    read = shown(page)
    assert read.live == []
    assert [place for place in read.loose if ">ins" not in place] == []
    assert "&lt;script&gt;window.hacked" in page


def test_copy_with_characters_nobody_sees_is_refused_once(house: make.House) -> None:
    answer = propose_copy(house, hostile.WORDS)
    assert (answer.status_code, answer.json()["code"]) == (422, "hidden_character")
    assert AuditEvent.objects.filter(action="refused").count() == 1
    assert not Proposal.objects.exists()


def test_the_policy_of_every_page_allows_nothing_unsafe() -> None:
    assert not any("unsafe" in str(source) for sources in settings.SECURE_CSP.values() for source in sources)


def test_a_random_token_that_holds_the_mark_by_chance_is_not_taken_for_the_words() -> None:
    token = "Xmdr3tsRMQuzXqb5747TtszZu8ypaDCNBSygITcAykNxnQcRmGF27HMIMUf5XzGX"
    assert shown(f'<form><input name="csrfmiddlewaretoken" value="{token}"></form>').live == []
    assert not any(CSRF_TOKEN.search(piece) for piece in PIECES)
    for piece in (SCRIPT, PIECES[2], PIECES[4]):
        assert shown(f"<p>{piece}</p>").live
