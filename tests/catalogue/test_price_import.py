"""Past prices from a file: the whole of it or nothing, once, and never over what is known."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from audit.models import AuditEvent
from audit.record import Actor
from orchestr.catalogue.models import FieldValue, ValueHistory
from orchestr.catalogue.price_import import Imported, import_price_history
from orchestr.policy.values import Address
from orchestr.refusal import Refusal
from tests import make

HEADER = "sku,channel,country,currency,amount,exponent,tax,since"
GOOD = "JKT-1,web-de,DE,EUR,24000,2,included,2026-01-31T09:00:00Z"


def file(*lines: str, header: str = HEADER) -> bytes:
    return "\r\n".join([header, *lines, ""]).encode()


def take_in(content: bytes) -> Imported:
    with transaction.atomic():
        return import_price_history(content=content, by=Actor.worker("command"), at=make.now())


def imported(**about: Any) -> list[tuple[str, int, datetime]]:
    rows = ValueHistory.objects.filter(cause="imported", since__lt=make.now() - timedelta(hours=1), **about)
    return [(row.address_key, row.value["amount"], row.since) for row in rows.order_by("since")]


def refusal(content: bytes) -> tuple[str, int]:
    """Its code and line; that nothing at all was written is asserted here."""
    before = ValueHistory.objects.count()
    with pytest.raises(Refusal) as caught:
        take_in(content)
    assert ValueHistory.objects.count() == before
    assert not AuditEvent.objects.exists()
    assert caught.value.detail.startswith(f"Line {caught.value.params['line']} ")
    return caught.value.code, caught.value.params["line"]


def test_past_prices_stand_in_the_history_and_on_record(house: make.House) -> None:
    content = file(GOOD, "JKT-1,web-uk,GB,GBP,21000,2,included,2026-02-01T01:00:00+01:00")
    assert take_in(content) == Imported(2, 0)
    assert imported(resource=house.jacket) == [
        (make.DE.key(), 24_000, datetime(2026, 1, 31, 9, tzinfo=UTC)),
        (make.UK.key(), 21_000, datetime(2026, 2, 1, tzinfo=UTC)),
    ]
    (event,) = AuditEvent.objects.all()
    assert (event.action, event.data["rows"], event.data["known"]) == ("catalogue.price_history_imported", 2, 0)
    assert house.price(house.jacket).value["amount"] == 20_000


def test_importing_a_file_again_adds_nothing_and_records_nothing(house: make.House) -> None:
    take_in(file(GOOD))
    assert take_in(file(GOOD)) == Imported(0, 1)
    assert (len(imported()), AuditEvent.objects.count()) == (1, 1)


def test_a_longer_file_adds_what_is_new_in_it(house: make.House) -> None:
    take_in(file(GOOD))
    assert take_in(file(GOOD, GOOD.replace("2026-01-31", "2026-03-01"))) == Imported(1, 1)


def test_an_empty_file_with_its_header_adds_nothing(house: make.House) -> None:
    assert take_in(file()) == Imported(0, 0)


def test_a_mark_of_byte_order_is_no_part_of_the_header(house: make.House) -> None:
    assert take_in(b"\xef\xbb\xbf" + file(GOOD)) == Imported(1, 0)


def test_it_stands_with_the_system_that_is_right_about_prices(house: make.House) -> None:
    FieldValue.objects.create(
        resource=house.jacket, system=house.erp, field="price", address=make.DE.wire(), address_key=make.DE.key(),
        kind="money", value=make.money(1), observed_at=make.now(),
    )  # fmt: skip
    take_in(file(GOOD))
    assert [row.system for row in ValueHistory.objects.filter(value__amount=24_000)] == [house.shop]


def test_a_price_of_the_country_itself_comes_before_that_of_the_channel(house: make.House) -> None:
    austria = Address(channel="web-de", country="AT", currency="EUR")
    make.value(house.jacket, house.shop, "price", make.money(23_000), austria)
    take_in(file(GOOD.replace(",DE,", ",AT,"), GOOD))
    assert sorted(key for key, _, _ in imported()) == sorted([austria.key(), make.DE.key()])


CASES: Iterable[tuple[str, str, str]] = [
    ("JKT-9", "JKT-1", "unknown_sku"),
    ("web-fr", "web-de", "unknown_place"),
    (",AT,", ",DE,", "unknown_place"),
    ("GBP", "EUR", "unknown_place"),
    (",3,included", ",2,included", "money_mismatch"),
    (",2,excluded", ",2,included", "money_mismatch"),
    (",9,included", ",2,included", "money_exponent"),
    (",2,net", ",2,included", "money_tax"),
    (",eur,", ",EUR,", "money_currency"),
    (",de,", ",DE,", "wrong_country"),
    ("240.00", "24000", "wrong_amount"),
    ("-1", "24000", "wrong_amount"),
    ("024000", "24000", "wrong_amount"),
    ("2400000000000000000", "24000", "wrong_amount"),
    ("2026-01-31T09:00:00", "2026-01-31T09:00:00Z", "wrong_time"),
    ("2026-01-31", "2026-01-31T09:00:00Z", "wrong_time"),
    ("2026-02-30T09:00:00Z", "2026-01-31T09:00:00Z", "wrong_time"),
    ("2999-01-31T09:00:00Z", "2026-01-31T09:00:00Z", "time_to_come"),
    (" JKT-1", "JKT-1", "wrong_name"),
    ("JKT\u200b-1", "JKT-1", "wrong_name"),
    ("JKT-1,x", "JKT-1", "wrong_columns"),
    ("", "JKT-1,", "wrong_columns"),
    ('"JKT-1', "JKT-1", "malformed_csv"),
]


@pytest.mark.parametrize(("wrong", "right", "code"), CASES)
def test_refuses_the_whole_file_for_one_line(house: make.House, wrong: str, right: str, code: str) -> None:
    earlier = GOOD.replace("2026-01-31", "2025-12-01"), GOOD.replace("2026-01-31", "2025-12-02")
    assert refusal(file(*earlier, GOOD.replace(right, wrong))) == (code, 4)


def test_refuses_a_place_priced_twice_at_once(house: make.House) -> None:
    same = GOOD.replace("09:00:00Z", "10:00:00+01:00").replace("24000", "23000")
    assert refusal(file(GOOD, same)) == ("price_twice", 3)


def test_refuses_another_price_than_the_history_holds(house: make.House) -> None:
    take_in(file(GOOD))
    before = ValueHistory.objects.count()
    with pytest.raises(Refusal) as caught:
        take_in(file(GOOD.replace("24000", "23000")))
    assert (caught.value.code, caught.value.params) == ("price_known", {"line": 2})
    assert ValueHistory.objects.count() == before


@pytest.mark.parametrize(
    "header", ["", "sku,channel", HEADER + ",x", HEADER.replace("sku", "SKU"), HEADER.replace(",", ";")]
)
def test_refuses_another_header(house: make.House, header: str) -> None:
    assert refusal(file(GOOD, header=header)) == ("wrong_header", 1)


def test_refuses_what_is_not_utf_8(house: make.House) -> None:
    assert refusal(file(GOOD) + b"\xff") == ("not_utf_8", 3)


def test_refuses_two_prices_that_it_could_mean(house: make.House) -> None:
    make.value(
        house.jacket, house.shop, "price", make.money(1), Address(channel="web-de", country="DE", currency="EUR")
    )
    make.value(house.jacket, house.shop, "price", make.money(1), Address(channel="web-de", country="DE"))
    assert refusal(file(GOOD)) == ("unknown_place", 2)


def test_the_command_imports_a_file_and_says_how_much(house: make.House, tmp_path: Path) -> None:
    (tmp_path / "past.csv").write_bytes(file(GOOD))
    said = StringIO()
    call_command("import_price_history", str(tmp_path / "past.csv"), stdout=said)
    assert said.getvalue() == "Imported 1 past prices; 0 were known already.\n"


def test_the_command_says_the_line_and_leaves_one_refusal_and_nothing_else(house: make.House, tmp_path: Path) -> None:
    (tmp_path / "past.csv").write_bytes(file(GOOD, "x"))
    with pytest.raises(CommandError, match="Line 3 has 1 columns instead of 8"):
        call_command("import_price_history", str(tmp_path / "past.csv"))
    (event,) = AuditEvent.objects.all()
    assert (event.data["code"], imported()) == ("wrong_columns", [])


def test_the_command_says_which_file_it_cannot_read(house: make.House) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_price_history", "/nowhere/past.csv")
    assert not AuditEvent.objects.exists()
