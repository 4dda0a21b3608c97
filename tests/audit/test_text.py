"""A text is looked for in what events say: alike in PostgreSQL, and by who checks a bundle without it."""

import json
import random
from uuid import UUID, uuid4

import pytest
from django.test import Client

from audit.models import AuditEvent
from audit.newest import newest
from audit.question import Question
from audit.record import Actor, record_many
from audit.selection import EVERYTHING, Selection, SelectionRefused, Sight
from audit.text import MOST_CHARACTERS, MOST_WORDS, words_of
from tests.audit.events import NOON, submitted
from tests.people import account

FINDINGS = [{"rule": "margin_floor", "code": "Below_Floor", "floor_bp": 1250, "listed": ["SKU-7", None, True]}]


def refused(**data) -> dict:
    return {"action": "refused", "data": {"code": "own_work", "door": "page:reviews:decide", **data}}


def found(text: str, sight: Sight | None = EVERYTHING) -> set[UUID]:
    return set(Selection.parse({"text": text}).events(sight).values_list("id", flat=True))


@pytest.mark.django_db
class TestFinds:
    @pytest.mark.parametrize(
        ("text", "there"),
        [
            ("own_work", True),
            ("OWN_w", True),
            ("work reviews:decide", True),
            ("reviews:decide  refused", True),
            ("own_work stale", False),
            ("stale", False),
            ("403", True),
            ("Jacke-ÄRMEL", True),
            ("jacke-ÄR", True),
            ("jacke-är", False),  # what is no letter from A to Z is as it is written
            ("jacke-a\u0308r", False),
            ("מעיל", True),
            ("\u200fמעיל\u200e", True),  # marks of direction do not show
            ("o%n_work", False),
            ("own%", False),
            ("own?work", False),
            ("ownXwork", False),  # an underscore is an underscore
            (r"a\b", True),
            (r"a\\b", False),
            ('say"so"', True),
            ('"code":', False),  # what JSON is written with is nothing an event says
            ("code", False),  # the name of a parameter is none of its value
            ("applied", True),  # what it counts is
            ("true", False),
            ("worker-9", True),
            ("r-77", True),
            ("'; DROP TABLE audit_event; --", False),
        ],
    )
    def test_a_word_anywhere_in_what_an_event_says(self, text, there):
        params = {"sku": "Jacke-ÄRMEL", "name": "מעיל", "path": r"a\b", "quote": 'say"so"', "kept": {"applied": True}}
        del params["kept"]
        [id, other] = record_many(
            [
                submitted(
                    **refused(params=params, status=403), actor=Actor.worker("worker-9"), request_id="r-77", about={}
                ),
                submitted(about={}, data={}),
            ]
        )
        AuditEvent.objects.get(pk=id)
        counted = record_many([submitted(action="proposal.published", about={}, data={"outcomes": {"applied": 3}})])
        wanted = set(counted) if text == "applied" else {id}
        assert found(text) == (wanted if there else set())
        assert other not in found("own_work")

    def test_each_word_in_any_part_however_deep(self):
        [id] = record_many([submitted(action="proposal.judged", about={}, data={"findings": FINDINGS})])
        for text in ("below_floor MARGIN_floor", "1250", "sku-7", "floor_bp", "judged 125"):
            assert found(text) == {id}, text
        assert found("findings") == set()

    def test_the_end_of_an_id_as_pages_show_it(self):
        proposal = uuid4()
        [id, _] = record_many([submitted(about={"proposal": proposal}), submitted()])
        assert found(str(proposal)[-6:] + " submitted") == {id}

    def test_nothing_beyond_what_may_be_seen(self):
        [apparel, _] = record_many(
            [submitted(**refused(), segments=["apparel"]), submitted(**refused(), segments=["outdoor"])]
        )
        assert found("own_work", Sight(segments=frozenset({"apparel"}), unsegmented=False)) == {apparel}

    def test_with_a_period_it_is_looked_for_in_the_period(self, monkeypatch):
        monkeypatch.setattr("audit.newest.LOOK", 3)
        old = record_many([submitted(**refused(), at=NOON)])
        record_many([submitted(at=NOON.replace(year=2027)) for _ in range(20)])
        asked = Selection.parse({"text": "own_work", "until": "2026-12-01"})
        assert [
            each.id for each in newest(asked, EVERYTHING, before=None, most=5, at=NOON.replace(year=2028)).events
        ] == old


@pytest.mark.django_db
def test_postgresql_and_who_checks_a_bundle_find_the_same():
    dice = random.Random(5)
    parts = ["own_work", "Äpfel", "ÉCLAIR", "ıİ", "ſs", "12", "a\\b", 'q"q', "x\ny".replace("\n", ":"), "漢字", "%_"]

    def word() -> str:
        return "".join(dice.sample(parts, dice.randint(1, 3)))

    def value(depth: int):
        kind = dice.randrange(5)
        if kind == 0:
            return dice.choice([None, True, False, dice.randrange(-99, 99999)])
        return [word() for _ in range(dice.randrange(3))] if kind == 1 else word()

    record_many(
        [
            submitted(
                action="proposal.judged",
                actor=Actor.worker(word()),
                about={"rule": word()},
                data={"verdict": word(), "findings": [{word(): value(1), "rule": value(1)} for _ in range(2)]},
                request_id=dice.choice([None, word()]),
            )
            for _ in range(60)
        ]
    )
    events = list(AuditEvent.objects.order_by("id"))
    hits = 0
    for _ in range(150):
        base = word()
        text = base[dice.randrange(len(base)) :][: dice.randint(1, 9)].swapcase()
        if words_of(text) is None:
            continue
        question = Question({"text": text})
        there = {each.id for each in events if question.unanswered([bytes(each.canonical)]) is None}
        assert found(text) == there, text
        hits += bool(there)
    assert hits > 40


class TestWords:
    @pytest.mark.parametrize(
        "text", ["a\0b", "\ud800", "a\x1bb", "\u200f", "x" * (MOST_CHARACTERS + 1), "a " * (MOST_WORDS + 1), "\x7f"]
    )
    def test_what_cannot_be_looked_for_is_refused(self, text):
        with pytest.raises(SelectionRefused) as refusal:
            Selection.parse({"text": text})
        assert refusal.value.field == "text"

    def test_blanks_are_no_filter(self):
        assert Selection.parse({"text": " \t\n"}).asked() == {}

    def test_the_record_of_an_export_holds_the_words(self):
        selection = Selection.parse({"text": " Own_Work   stale ", "action": "refused"})
        assert selection.asked() == {"action": "refused", "text": "Own_Work stale"}
        assert selection.recorded() == {"action": "refused", "text": ["own_work", "stale"]}
        assert json.dumps(selection.recorded())


@pytest.mark.django_db
def test_an_export_carries_the_text_and_its_event_the_words():
    aud = account("aud", ["auditor"])
    ids = record_many([submitted(**refused(), segments=[]), submitted(segments=[])])
    client = Client()
    client.force_login(aud, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post("/audit/export/", {"format": "jsonl", "text": "Own_work refused", "action": "refused"})
    assert [json.loads(line)["id"] for line in answer.getvalue().splitlines()] == [str(ids[0])]
    made = AuditEvent.objects.get(action="export.made")
    assert made.data["filter"] == {"action": "refused", "text": ["own_work", "refused"]}
    assert found("own_work") == {ids[0], made.id}  # it says these words itself from now on


def test_what_cannot_be_looked_for_answers_nothing():
    assert Question({"text": "\0"}).unanswered([b'{"action":"x"}']) == (0, "text")
