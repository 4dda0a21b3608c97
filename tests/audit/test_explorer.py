"""The explorer shows, and exports, what the viewer's grants cover, and nothing else."""

import json
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from django.db import transaction
from django.test import AsyncClient, Client
from django.utils.html import escape

from audit import exports
from audit.models import AuditEvent
from audit.record import Actor, record_many
from audit.views.explorer import PAGE_ROWS
from orchestr.catalogue.models import Segment
from orchestr.people.models import Account
from tests import make
from tests.audit.events import NOON, submitted
from tests.people import Cast, account, cast


@pytest.fixture
def apparel() -> Segment:
    return make.segment("apparel")


@pytest.fixture
def jackets(apparel: Segment) -> Segment:
    return make.segment("apparel/jackets", apparel)


@pytest.fixture
def outdoor() -> Segment:
    return make.segment("outdoor")


@pytest.fixture
def everybody(apparel: Segment, outdoor: Segment) -> Cast:
    return cast(apparel=apparel, outdoor=outdoor)


def signed_in(who: Account) -> Client:
    client = Client()
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    return client


def shown(who: Account, query: dict[str, str] | None = None) -> list[str]:
    answer = signed_in(who).get("/audit/", query or {})
    assert answer.status_code == 200
    return [str(row.id) for row in answer.context["rows"]]


def exported(who: Account, **asked: str) -> list[str]:
    answer = signed_in(who).post("/audit/export/", {"format": "jsonl"} | asked)
    assert answer.status_code == 200
    return [json.loads(line)["id"] for line in answer.getvalue().splitlines()]


@pytest.mark.django_db
class TestSight:
    @pytest.fixture
    def ids(self, apparel: Segment, jackets: Segment, outdoor: Segment, everybody: Cast) -> dict[str, str]:
        touched = {
            "apparel": [apparel.id],
            "jackets": ["apparel/jackets"],
            "outdoor": [outdoor.id],
            "both": [jackets.id, outdoor.id],
            "none": [],
            "gone": ["a-segment-long-gone"],
        }
        found = record_many([submitted(segments=segments) for segments in touched.values()])
        return {name: str(id) for name, id in zip(touched, found, strict=True)}

    @pytest.mark.parametrize(
        ("who", "sees"),
        [
            ("mia", {"apparel", "jackets"}),
            ("marco", {"outdoor"}),
            ("fay", {"apparel", "jackets", "outdoor", "both"}),
            ("omar", {"apparel", "jackets", "outdoor", "both"}),
            ("ada", {"apparel", "jackets", "outdoor", "both", "none"}),
            ("aud", {"apparel", "jackets", "outdoor", "both", "none"}),
        ],
    )
    def test_list_page_event_and_export_agree_on_what_a_person_may_see(self, who, sees, ids, everybody):
        viewer = getattr(everybody, who)
        wanted = {ids[name] for name in sees}
        client = signed_in(viewer)
        assert set(shown(viewer)) == wanted
        assert {id for id in ids.values() if client.get(f"/audit/events/{id}/").status_code == 200} == wanted
        made = set(exported(viewer)) - wanted
        assert made == ({str(AuditEvent.objects.get(action="export.made").id)} if "none" in sees else set())

    def test_a_superuser_without_grants_sees_nothing(self, ids):
        assert shown(account("root", is_superuser=True)) == []

    def test_an_absent_and_an_invisible_event_look_the_same(self, ids, everybody):
        client = signed_in(everybody.mia)
        invisible = client.get(f"/audit/events/{ids['outdoor']}/")
        absent = client.get(f"/audit/events/{uuid4()}/")
        assert (invisible.status_code, absent.status_code) == (404, 404)
        assert invisible.content.replace(ids["outdoor"].encode(), b"") == absent.content or (
            str(invisible.context["refusal"]) == str(absent.context["refusal"])
        )

    @pytest.mark.parametrize("address", ["/audit/", "/audit/events/0198c000-0000-7000-8000-000000000000/"])
    def test_nobody_signed_in_is_sent_to_sign_in(self, address):
        answer = Client().get(address)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/login/")

    def test_looking_records_nothing(self, ids, everybody):
        before = AuditEvent.objects.count()
        client = signed_in(everybody.aud)
        client.get("/audit/")
        client.get(f"/audit/events/{ids['none']}/")
        client.get("/audit/", {"since": "soon"})
        assert AuditEvent.objects.count() == before


@pytest.mark.django_db
class TestFilters:
    def test_each_filter_shows_what_it_asks_for(self, everybody):
        owner = everybody.ada
        agent = make.agent(owner=owner)
        workflow = make.workflow(agent, owner=owner)
        proposal, run = uuid4(), uuid4()
        mia = Actor.person(account_id=everybody.mia.id, person_id=everybody.mia.person_id)
        ids = [
            str(id)
            for id in record_many(
                [
                    submitted(
                        segments=[], actor=Actor.agent(agent.id), about={"proposal": proposal, "workflow": workflow.id}
                    ),
                    submitted(
                        segments=[], action="proposal.approved", actor=mia, about={"proposal": proposal}, data={}
                    ),
                    submitted(segments=[], action="step", about={"run": run, "agent": agent.id}, data={}),
                    submitted(segments=[], at=NOON.replace(hour=13), request_id="r-1", about={}),
                ]
            )
        ]
        aud = everybody.aud
        for query, wanted in (
            ({"proposal": str(proposal)}, [1, 0]),
            ({"run": str(run)}, [2]),
            ({"agent": str(agent.id)}, [2, 0]),
            ({"workflow": str(workflow.id)}, [0]),
            ({"person": str(everybody.mia.person_id)}, [1]),
            ({"action": "proposal.approved"}, [1]),
            ({"action": "proposal."}, [3, 1, 0]),
            ({"since": "2026-03-02T12:30"}, [3]),
            ({"until": "2026-03-02T12:30:00Z"}, [2, 1, 0]),
            ({"since": "2026-03-03"}, []),
            ({"id": "r-1"}, [3]),
            ({"id": ids[2]}, [2]),
            ({"id": str(run)}, [2]),
            ({"id": str(agent.id)}, [2, 0]),
            ({"id": '")||true'}, []),
            ({"proposal": str(proposal), "action": "proposal.submitted"}, [0]),
            ({"proposal": "  "}, [3, 2, 1, 0]),
        ):
            assert shown(aud, query) == [ids[place] for place in wanted], query

    @pytest.mark.parametrize(
        "query", [{"since": "soon"}, {"until": "2026-02-31"}, {"action": "liked"}, {"proposal": "a b"}, {"before": "x"}]
    )
    def test_one_that_cannot_be_read_is_said_and_shows_nothing(self, query, everybody):
        record_many([submitted(segments=[])])
        answer = signed_in(everybody.aud).get("/audit/", query)
        assert answer.status_code == 400
        assert answer.context["rows"] == []
        assert f"The filter {next(iter(query))} cannot be read." in answer.content.decode()

    def test_pages_go_back_in_time_and_miss_nothing(self, everybody):
        ids = [str(id) for id in record_many([submitted(segments=[]) for _ in range(2 * PAGE_ROWS + 3)])]
        record_many([submitted(segments=[], action="run.started", data={})])
        client, found, url = signed_in(everybody.aud), [], "/audit/?action=proposal.submitted"
        while url:
            answer = client.get(url)
            found += [str(row.id) for row in answer.context["rows"]]
            url = answer.context.get("next_url")
        assert found == ids[::-1]

    def test_costs_the_same_queries_however_many_events(self, everybody, django_assert_max_num_queries):
        client = signed_in(everybody.aud)
        record_many([submitted(segments=[])])
        with django_assert_max_num_queries(40) as few:
            client.get("/audit/")
        record_many([submitted(segments=[], actor=Actor.agent(uuid4())) for _ in range(40)])
        with django_assert_max_num_queries(len(few)):
            client.get("/audit/")


@pytest.mark.django_db
class TestRows:
    def test_names_people_agents_and_workflows_and_links_their_pages(self, everybody):
        agent = make.agent(owner=everybody.ada)
        workflow = make.workflow(agent, owner=everybody.ada)
        proposal, run = uuid4(), uuid4()
        mia = Actor.person(account_id=everybody.mia.id, person_id=everybody.mia.person_id)
        about = {"proposal": proposal, "run": run, "agent": agent.id, "workflow": workflow.id}
        record_many([submitted(segments=[], actor=mia, about=about)])
        page = signed_in(everybody.aud).get("/audit/").content.decode()
        for part in ("Mia", agent.name, workflow.name, f"/reviews/{proposal}/", f"/runs/{run}/", "Proposal submitted"):
            assert part in page

    def test_an_event_page_shows_the_bytes_that_were_hashed(self, everybody):
        [id] = record_many([submitted(segments=["apparel"], request_id="r-9", data={"version": 3})])
        answer = signed_in(everybody.mia).get(f"/audit/events/{id}/")
        page = answer.content.decode()
        event = AuditEvent.objects.get()
        assert bytes(event.sha256).hex() in page
        assert answer.context["hash_agrees"] is True
        assert escape(json.dumps(json.loads(bytes(event.canonical)), indent=2)) in page
        assert "/audit/?id=r-9" in page

    def test_hostile_text_in_an_id_is_text(self, everybody):
        record_many([submitted(segments=[], actor=Actor.worker("<script>x</script>"), about={"proposal": "<b>x</b>"})])
        page = signed_in(everybody.aud).get("/audit/").content.decode()
        assert "<script>x" not in page
        assert "<b>x" not in page


@pytest.mark.django_db
class TestExport:
    def test_holds_what_the_filter_asks_for_and_is_on_record(self, everybody):
        proposal = uuid4()
        ids = record_many([submitted(segments=[], about={"proposal": proposal}), submitted(segments=[])])
        assert exported(everybody.aud, action="proposal.submitted", proposal=str(proposal)) == [str(ids[0])]
        made = AuditEvent.objects.get(action="export.made")
        assert (made.actor_kind, made.actor_id) == ("person", str(everybody.aud.person_id))
        assert made.account_id == everybody.aud.id
        assert made.about == {"proposal": str(proposal)}
        assert made.data == {
            "format": "jsonl",
            "filter": {"action": "proposal.submitted", "proposal": str(proposal)},
        }

    def test_is_streamed_as_a_file_nobody_caches(self, everybody):
        answer = signed_in(everybody.aud).post("/audit/export/", {"format": "csv"})
        assert answer.streaming
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        assert answer["Content-Disposition"].startswith('attachment; filename="audit-')
        assert answer["Cache-Control"] == "no-store"
        assert answer.getvalue().decode().startswith("n,id,at,action,")

    @pytest.mark.parametrize("asked", [{"format": "exe"}, {}, {"format": "csv", "since": "soon"}])
    def test_that_cannot_be_read_is_refused_with_one_event_and_no_file(self, asked, everybody):
        answer = signed_in(everybody.aud).post("/audit/export/", asked)
        assert answer.status_code == 400
        assert not answer.streaming
        assert [event.action for event in AuditEvent.objects.all()] == ["refused"]
        assert AuditEvent.objects.get().data["code"] == "filter_unreadable"

    def test_is_no_matter_of_a_link(self, everybody):
        assert signed_in(everybody.aud).get("/audit/export/?format=csv").status_code == 405
        assert AuditEvent.objects.count() == 0

    def test_needs_the_form_it_came_from(self, everybody):
        client = Client(enforce_csrf_checks=True)
        client.force_login(everybody.aud, backend="django.contrib.auth.backends.ModelBackend")
        assert client.post("/audit/export/", {"format": "csv"}).status_code == 403
        assert AuditEvent.objects.count() == 0


class TestExportUnderASGI:
    async def test_comes_in_blocks_and_says_the_same(self, committed, monkeypatch):
        monkeypatch.setattr(exports, "PAGE_ROWS", 2)
        ids, aud = await sync_to_async(self.given)()
        client = AsyncClient()
        await client.aforce_login(aud, backend="django.contrib.auth.backends.ModelBackend")

        answer = await client.post("/audit/export/", {"format": "jsonl", "action": "proposal.submitted"})
        blocks = [block async for block in answer]

        assert answer.is_async
        assert [len(block.splitlines()) for block in blocks if block] == [2, 2, 1]
        assert [json.loads(line)["id"] for line in b"".join(blocks).splitlines()] == ids

    def given(self) -> tuple[list[str], Account]:
        with transaction.atomic():
            ids = record_many([submitted(segments=[]) for _ in range(5)])
        return [str(id) for id in ids], account("aud", ["auditor"])
