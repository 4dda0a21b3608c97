"""What left the ordinary way is counted by sort, listed and exported, over what the viewer may see."""

import pytest
from django.test import Client

from audit.models import AuditEvent
from audit.record import Entry, record_many, record_refusal
from tests import make, people
from tests.audit.events import MIA, NOON, submitted

PERIOD = {"since": "2026-03-02", "until": "2026-03-03"}


@pytest.fixture
def cast(db) -> people.Cast:
    return people.cast(apparel=make.segment("apparel"), outdoor=make.segment("outdoor"))


def client_of(who) -> Client:
    client = Client()
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    return client


def exceptional() -> list[Entry]:
    def one(action: str, segment: str = "apparel", **data: object) -> Entry:
        return submitted(action=action, actor=MIA, data=data, segments=[segment])

    return [
        one("proposal.overridden"),
        one("proposal.narrowed", as_editor=True),
        one("proposal.narrowed", as_editor=False),
        one("exception.requested"),
        one("exception.granted", "outdoor"),
        one("incident.contained", "outdoor"),
        one("proposal.approved"),
    ]


def counts(answer) -> dict[str, int]:
    return {sort.name: sort.count for sort in answer.context["counted"]}


@pytest.fixture
def told(cast) -> None:
    record_many(exceptional())
    for code in ("own_work", "own_request", "stale_digest"):
        record_refusal(actor=MIA, at=NOON, code=code, door="page reviews:approve", segments=["apparel"])


@pytest.mark.django_db
class TestReport:
    def test_counts_each_sort_over_what_the_viewer_may_see(self, cast, told):
        everything = counts(client_of(cast.aud).get("/audit/exceptions/", PERIOD))
        assert everything == {"override": 2, "exception": 2, "self_approval": 2, "refusal": 1, "break_glass": 1}
        apparel = counts(client_of(cast.mia).get("/audit/exceptions/", PERIOD))
        assert apparel == {"override": 2, "exception": 1, "self_approval": 2, "refusal": 1, "break_glass": 0}

    def test_each_count_opens_a_list_of_exactly_so_many(self, cast, told):
        client = client_of(cast.aud)
        for sort in client.get("/audit/exceptions/", PERIOD).context["counted"]:
            assert len(client.get(sort.url).context["rows"]) == sort.count, sort.name

    def test_holds_a_period(self, cast, told):
        client = client_of(cast.aud)
        assert set(counts(client.get("/audit/exceptions/", {"since": "2026-03-03"})).values()) == {0}
        assert set(counts(client.get("/audit/exceptions/", {"until": "2026-03-02"})).values()) == {0}
        assert client.get("/audit/exceptions/", {"since": "soon"}).status_code == 400

    def test_its_file_has_the_same_rows_and_is_recorded(self, cast, told):
        asked = {"exceptional": "all", "since": "2026-03-02T00:00:00Z", "until": "2026-03-03T00:00:00Z"}
        answer = client_of(cast.aud).post("/audit/export/", asked | {"format": "csv"})
        assert len(answer.getvalue().decode().splitlines()) == 1 + 8
        assert AuditEvent.objects.get(action="export.made").data["filter"]["exceptional"] == "all"

    def test_a_sort_that_is_none_is_refused(self, cast):
        assert client_of(cast.aud).get("/audit/", {"exceptional": "odd"}).status_code == 400

    def test_costs_the_same_queries_however_many(self, cast, told, django_assert_max_num_queries):
        client = client_of(cast.aud)
        with django_assert_max_num_queries(40) as few:
            client.get("/audit/exceptions/", PERIOD)
        record_many(exceptional() * 20)
        with django_assert_max_num_queries(len(few)):
            client.get("/audit/exceptions/", PERIOD)
