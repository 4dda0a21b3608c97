"""What agents write is kept without secrets and personal data, and everything else as it was."""

import pytest
from django.db import connection

from orchestr.api.redaction import redacted, redacted_in
from tests import make
from tests.api.conftest import AgentClient

TOKEN = "orc_" + "a1B2c3D4e5" * 4


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"called with {TOKEN} twice", "called with [secret removed] twice"),
        ("Authorization: Bearer abcdefghijklmnop.qrst", "Authorization: Bearer [secret removed]"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nafter", "[secret removed]\nafter"),
        ("-----BEGIN PRIVATE KEY-----\nMIIEcut off", "[secret removed]"),
        ("key AKIAABCDEFGHIJKLMNOP here", "key [secret removed] here"),
        ("ghp_" + "x" * 36, "[secret removed]"),
        ("sk-proj-" + "x" * 40, "[secret removed]"),
        ("eyJhbGciOiJI.eyJzdWIiOiIx.c2ln-bmF0dXJl", "[secret removed]"),
        ("password: hunter2hunter2hunter2", "password: [secret removed]"),
        ('{"api_key": "abcd"}', '{"api_key": "****"}'),
        ("write to jane.doe@example.com, please", "write to [e-mail removed], please"),
        ("IBAN DE89 3704 0044 0532 0130 00.", "IBAN [IBAN removed]."),
        ("paid by 4111 1111 1111 1111", "paid by [card removed]"),
        ("paid by 378282246310005", "paid by [card removed]"),
        ("call +49 30 901820 today", "call [phone] today"),
    ],
)
def test_what_is_known_to_be_secret_or_personal_is_taken_out(text: str, kept: str) -> None:
    assert redacted(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        "The price of JKT-RED-M moves from 199.00 to 189.00 EUR.",
        "GTIN 4006381333931 and 04006381333931 are the same",  # article numbers with their own check digits
        "order 4111 1111 1111 1112",  # no card: its check digit is wrong
        "DE89 3704 0044 0532 0130 01",  # no IBAN
        "between 2026-11-22T10:00:00+01:00 and 2026-11-23T10:00:00+01:00",
        "run 01a20511-c614-7cf3-a302-a44e09641d58",
        "sha256 " + "0123456789abcdef" * 4,
        "stock moved by +120 pieces, margin +3.5 %",
        "a secret sale @home, token shown once",
        "",
    ],
)
def test_everything_else_is_kept_as_it_was(text: str) -> None:
    assert redacted(text) == text


def test_nothing_becomes_longer() -> None:
    for text in ("a@b.co", "password=1234", "x " + TOKEN):
        assert len(redacted(text)) <= len(text)


def test_texts_are_found_at_any_depth_and_keys_stay() -> None:
    value = {"customer": [{"mail": "a.long.name@example.com", "n": 3}], "password": "hunter2hunter2", "token": "opaque"}
    assert redacted_in(value) == {
        "customer": [{"mail": "[e-mail removed]", "n": 3}],
        "password": "[secret]",
        "token": "opaque",
    }


def test_no_table_holds_what_came_in(house: make.House, agent: AgentClient) -> None:
    canary = "jane.quetzal@example.com"
    run = make.run(house.workflow)
    sent = [
        ("/events", {"id": "e-1", "source": "agent", "type": "x", "data": {"who": canary}}),
        (f"/runs/{run.pk}/steps", {"kind": "reasoning", "note": f"asked {canary}"}),
        (f"/runs/{run.pk}/evidence", {"kind": "claimed", "source": "mail", "value": {"from": canary}}),
        (
            f"/runs/{run.pk}/proposals",
            {
                "summary": f"for {canary}",
                "rationale": canary,
                "alternatives": [{"why": canary}],
                "changes": [house.change(after=19_000)],
            },
        ),
        (f"/runs/{run.pk}/finish", {"outcome": "done", "summary": canary}),
    ]
    assert [agent.post(path, body).status_code for path, body in sent] == [201, 201, 201, 201, 200]
    assert found_in_any_table("quetzal") == []


def found_in_any_table(text: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        tables = [name for (name,) in cursor.fetchall()]
        found = []
        for table in tables:
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text ILIKE %s', [f"%{text}%"])
            if cursor.fetchone()[0]:
                found.append(table)
    return found
