"""A sample is drawn by a seed from the sealed log, filled in from the trail, recorded, and drawn again by an outsider."""

import hashlib
import io

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from audit import bundle
from audit.actors import Actor
from audit.keys import announce
from audit.models import AuditCheckpoint, AuditEvent
from audit.notes import Signer
from audit.record import record, record_many
from audit.sampling import MOST
from audit.seal import Stretch, seal
from orchestr.people.models import Account
from tests import make, people
from tests.audit.events import submitted
from tests.execution.approved import approved, clock_after_window, work_until_settled

SIGNER = Signer.new("orchestr-audit/test")


def seal_now() -> None:
    with transaction.atomic():
        announce([SIGNER], at=timezone.now())
    while seal(signers=[SIGNER], at=timezone.now(), within=Stretch()).full:
        pass


def signed_in(who: Account) -> Client:
    client = Client()
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    return client


def drawn(client: Client, **given: str):
    answer = client.post("/audit/sample/", {"seed": "dice-4-2-6"} | given)
    assert answer.status_code == 302, answer.content
    return client.get(answer["Location"])


def actions_after(count: int) -> list[str]:
    return list(AuditEvent.objects.order_by("id").values_list("action", flat=True)[count:])


@pytest.fixture
def aud(committed) -> Account:
    return people.cast(apparel=make.segment("apparel"), outdoor=make.segment("outdoor")).aud


class TestDrawing:
    def test_an_outsider_with_a_bundle_of_the_population_draws_the_same(self, aud):
        with transaction.atomic():
            record_many([submitted(action="proposal.published", data={}, segments=[]) for _ in range(60)])
            record_many([submitted(segments=[]) for _ in range(20)])
        seal_now()
        client = signed_in(aud)
        sample = drawn(client).context["drawn"]

        answer = client.post("/audit/export/", {"format": "bundle", "action": "proposal.published"})
        held = bundle.opened(io.BytesIO(b"".join(answer.streaming_content)))
        numbers = [
            number
            for line in held.parts["numbers"].decode().split()
            for first, _, last in [line.partition("-")]
            for number in range(int(first), int(last or first) + 1)
        ]
        root = bytes(AuditCheckpoint.objects.filter(size=sample.size).first().root).hex()
        ranked = sorted(numbers, key=lambda n: hashlib.sha256(f"dice-4-2-6:{root}:{n}".encode()).digest())
        assert (sample.population, len(numbers)) == (60, 60)
        assert list(sample.numbers) == ranked[:MOST]

    def test_the_draw_is_one_event_and_its_page_stays_what_it_was_when_the_log_grows(self, aud):
        with transaction.atomic():
            record_many([submitted(action="proposal.published", data={}, segments=[]) for _ in range(5)])
        seal_now()
        before, client = AuditEvent.objects.count(), signed_in(aud)
        first = drawn(client)
        assert actions_after(before) == ["sample.drawn"]
        with transaction.atomic():
            record_many([submitted(action="proposal.published", data={}, segments=[]) for _ in range(40)])
        seal_now()
        again = client.get(first.request["PATH_INFO"])
        assert again.context["drawn"] == first.context["drawn"]
        assert [line.number for line in again.context["lines"]] == list(first.context["drawn"].numbers)
        other = drawn(client, seed="another").context["drawn"]
        assert (other.population, len(other.numbers)) == (45, MOST)

    def test_what_cannot_be_drawn_is_refused_with_one_event(self, aud):
        client = signed_in(aud)
        assert client.post("/audit/sample/", {"seed": "x"}).status_code == 409
        assert client.post("/audit/sample/", {"seed": "two words"}).status_code == 400
        assert client.post("/audit/sample/", {"seed": "x", "since": "soon"}).status_code == 400
        assert actions_after(0) == ["refused"] * 3

    def test_looking_records_nothing_and_nobody_else_may_look(self, aud):
        assert signed_in(aud).get("/audit/sample/").status_code == 200
        assert AuditEvent.objects.count() == 0
        mia = Account.objects.get(username="mia")
        assert signed_in(mia).get("/audit/sample/").status_code == 404


class TestAttributes:
    @pytest.fixture
    def house(self, committed, shelves) -> make.House:
        return make.house()

    def published(self, house: make.House):
        proposal = approved(house)
        work_until_settled(proposal, clock_after_window())
        assert proposal.state == "published"
        return proposal

    def line(self, house: make.House):
        seal_now()
        [line] = drawn(signed_in(house.people.aud)).context["lines"]
        return {cell.name: cell.holds for cell in line.cells}, line

    def test_of_an_ordinary_publication_all_hold_and_link_the_events_they_rest_on(self, house):
        proposal = self.published(house)
        holds, line = self.line(house)
        assert holds.pop("fresh") in (True, None)  # the evidence of the builders has no event of its own
        assert holds.pop("policy") is None  # nor has their policy
        assert set(holds.values()) == {True}, line
        assert line.proposal == str(proposal.pk)
        client = signed_in(house.people.aud)
        assert all(cell.proofs for cell in line.cells)
        assert {client.get(url).status_code for cell in line.cells for url, _words in cell.proofs} == {200}
        assert client.get(line.trail_url).status_code == 200

    def test_a_publication_that_nobody_approved_shows(self, house):
        proposal = self.published(house)
        with transaction.atomic():
            about = {"proposal": "0198c000-0000-7000-8000-000000000001"}
            record(
                action="proposal.published",
                actor=Actor.worker("publish-9"),
                at=timezone.now(),
                about=about,
                data={"outcomes": {"applied": 1}},
                segments=proposal.segment_ids,
            )
        seal_now()
        lines = drawn(signed_in(house.people.aud)).context["lines"]
        found = {line.proposal: {cell.name: cell.holds for cell in line.cells} for line in lines}
        assert found[about["proposal"]] == {
            "authorised": False, "distinct": False, "policy": False, "fresh": None, "read_back": False,
        }  # fmt: skip
        assert found[str(proposal.pk)]["authorised"] is True
