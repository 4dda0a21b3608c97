"""What the files connector makes of the files that ERPs really leave."""

import os
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from orchestr.connectors.base import Address, Json, Rejected, SystemRefused, SystemUnavailable, WriteRequest
from orchestr.connectors.conformance.subject import sweep
from orchestr.connectors.files import CONNECTOR
from tests.connectors.feeds import ARTICLES, COST, STOCK, drop, drop_sheet, reading, system, target, value

HEADER = "SKU;EK netto;MwSt\n"


def euros(amount: int) -> Json:
    return {"amount": amount, "currency": "EUR", "exponent": 2, "tax": "excluded"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_each_usual_encoding_is_recognised(tmp_path: Path, encoding: str) -> None:
    drop(tmp_path, "articles-1.csv", (HEADER + "MÜTZE-GRÜN;12,50;19\n").encode(encoding))
    with reading(tmp_path, ARTICLES) as session:
        assert value(session, "MÜTZE-GRÜN") == euros(1_250)


def test_an_encoding_that_is_named_and_wrong_is_refused(tmp_path: Path) -> None:
    drop(tmp_path, "articles-1.csv", (HEADER + "MÜTZE;12,50;19\n").encode("cp1252"))
    with reading(tmp_path, {**ARTICLES, "encoding": "utf-8"}) as session, pytest.raises(SystemRefused) as refused:
        session.read([target("A")])
    assert refused.value.code == "encoding"


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_the_delimiter_is_the_one_that_finds_the_columns(tmp_path: Path, delimiter: str) -> None:
    lines = ["SKU;EK netto;MwSt", 'A-1;"12,50";19']
    drop(tmp_path, "articles-1.csv", "\n".join(line.replace(";", delimiter) for line in lines))
    with reading(tmp_path, ARTICLES) as session:
        assert value(session, "A-1") == euros(1_250)


@pytest.mark.parametrize(
    ("written", "decimal", "minor"),
    [
        ("12,5", ",", 1_250),
        ("1.234,50", ",", 123_450),
        ("1 234,50", ",", 123_450),
        ("1'234.50", ".", 123_450),
        ("1,234.50", ".", 123_450),
        ("1234.5", ".", 123_450),
        ("0", ".", 0),
        ("1.234", ",", 123_400),
    ],
)
def test_amounts_are_read_as_they_are_written(tmp_path: Path, written: str, decimal: str, minor: int) -> None:
    drop(tmp_path, "articles-1.csv", f"{HEADER}A-1;{written};19\n")
    with reading(tmp_path, {**ARTICLES, "decimal": decimal}) as session:
        assert value(session, "A-1") == euros(minor)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("12.50", "is not a number with ','"),
        ("1.23,4", "is not a number"),
        ("12,505", "more than 2 decimals"),
        ("-1,00", "below nothing"),
        ("12,50 EUR", "is not a number"),
        ("#N/A", "is not a number"),
        ("1e3", "is not a number"),
        ("NaN", "is not a number"),
        ("99999999999", "larger than any"),
    ],
)
def test_an_amount_that_is_none_is_named_with_its_line_and_nothing_is_taken(
    tmp_path: Path, written: str, says: str
) -> None:
    drop(tmp_path, "articles-1.csv", f"{HEADER}GOOD;1,00;19\nA-1;{written};19\nB-2;2,00;19\n")
    with reading(tmp_path, ARTICLES) as session:
        with pytest.raises(SystemRefused) as refused:
            session.read_catalogue()
        assert refused.value.code == "bad_rows"
        assert "articles-1.csv line 3: EK netto: " in str(refused.value)
        assert says in str(refused.value)
        with pytest.raises(SystemRefused):
            session.read([target("GOOD")])


def test_every_bad_row_counts_and_the_first_are_named(tmp_path: Path) -> None:
    rows = "".join(f"A-{number};x;19\n" for number in range(40))
    drop(tmp_path, "articles-1.csv", HEADER + "\n" + rows)
    with reading(tmp_path, ARTICLES) as session, pytest.raises(SystemRefused) as refused:
        session.read_catalogue()
    assert "line 3" in str(refused.value), "An empty line is counted and passed over."
    assert "And 35 more." in str(refused.value)


def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path) -> None:
    drop(tmp_path, "articles-1.csv", 'SKU;EK netto;MwSt;Text\nA;1,00;19;"two\nlines"\nB;x;19;\n')
    with reading(tmp_path, ARTICLES) as session, pytest.raises(SystemRefused, match=r"articles-1\.csv line 4: "):
        session.read_catalogue()


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (";1,00;19", "it names nothing"),
        ("4.01E+12;1,00;19", "a spreadsheet has rounded"),
        ("A\u200bB;1,00;19", "characters nobody sees"),
        ("A;1,00", "it ends before the column 'MwSt'"),
        ("A;1,00;190", "at most 100 percent"),
        ("A;1,00;7,125", "finer than a basis point"),
        ("FIRST;1,00;19", "was said before, in articles-1.csv line 2"),
    ],
)
def test_a_row_that_cannot_be_so_is_refused(tmp_path: Path, row: str, says: str) -> None:
    drop(tmp_path, "articles-1.csv", f"{HEADER}FIRST;2,00;19\n{row}\n")
    with reading(tmp_path, ARTICLES) as session, pytest.raises(SystemRefused) as refused:
        session.read_catalogue()
    assert "line 3: " in str(refused.value)
    assert says in str(refused.value)


def test_rounding_is_said_not_guessed(tmp_path: Path) -> None:
    drop(tmp_path, "articles-1.csv", f"{HEADER}A;12,341;19\n")
    column = ARTICLES["columns"][0]
    for rounding, minor in (("up", 1_235), ("down", 1_234), ("half_up", 1_234)):
        with reading(tmp_path, {**ARTICLES, "columns": [{**column, "round": rounding}]}) as session:
            assert value(session, "A") == euros(minor)
    with reading(tmp_path, {**ARTICLES, "columns": [{**column, "exponent": 4}]}) as session:
        assert value(session, "A") == {"amount": 123_410, "currency": "EUR", "exponent": 4, "tax": "excluded"}


def test_a_spreadsheet_is_read_cell_by_cell(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["Bestand vom Lager"],
        ["SKU", "Menge", "Lager"],
        [4012345678901, 5, "01"],
        ["A-1", 3.0, "02"],
        [None, None, None],
        ["A-1", "7", "01"],
    ]
    drop_sheet(tmp_path, "stock.xlsx", rows, sheet="Bestand")
    feed = {**STOCK, "sheet": "Bestand", "header_row": 2}
    with reading(tmp_path, feed) as session:
        found = {(one.id, each.address.location): each.value for one in sweep(session).resources for each in one.fields}
        assert found == {("4012345678901", "main"): 5, ("A-1", "north"): 3, ("A-1", "main"): 7}
    drop_sheet(tmp_path, "stock.xlsx", [["SKU", "Menge", "Lager"], ["A", 1.5, "01"], ["B", 1, "03"]])
    with reading(tmp_path, STOCK) as session, pytest.raises(SystemRefused) as refused:
        session.read_catalogue()
    assert "stock.xlsx line 2: Menge: it is not a whole number" in str(refused.value)
    assert "stock.xlsx line 3: Menge: location '03' is none that the settings know" in str(refused.value)


def test_half_a_spreadsheet_is_none(tmp_path: Path) -> None:
    whole = drop_sheet(tmp_path, "stock.xlsx", [["SKU", "Menge", "Lager"], ["A", 1, "01"]]).read_bytes()
    drop(tmp_path, "stock.xlsx", whole[: len(whole) // 2])
    with reading(tmp_path, STOCK) as session, pytest.raises(SystemRefused) as refused:
        session.read_catalogue()
    assert refused.value.code == "not_xlsx"


def test_a_file_that_is_being_written_stands_back_behind_the_one_before(tmp_path: Path) -> None:
    feed = {**ARTICLES, "settle_s": 3600}
    done = drop(tmp_path, "articles-1.csv", f"{HEADER}A;1,00;19\n")
    with reading(tmp_path, feed) as session, pytest.raises(SystemUnavailable) as waits:
        session.read_catalogue()
    assert waits.value.code == "half_written"
    marked = {**ARTICLES, "marker": True}
    with reading(tmp_path, marked) as session:
        with pytest.raises(SystemUnavailable, match=r"its \.done file is missing"):
            session.read_catalogue()
        (tmp_path / f"{done.name}.done").touch()
        assert value(session, "A") == euros(100)
        drop(tmp_path, "articles-2.csv", f"{HEADER}A;2,00;19\nB;3,0")
        assert value(session, "A") == euros(100), "The newer one is not whole yet."
        drop(tmp_path, "articles-2.csv", f"{HEADER}A;2,00;19\nB;3,00;19\n")
        (tmp_path / "articles-2.csv.done").touch()
        assert value(session, "A") == euros(200)


def test_a_file_that_is_shorter_than_ever_is_not_believed(tmp_path: Path) -> None:
    drop(tmp_path, "articles-1.csv", f"{HEADER}A;1,00;19\n")
    with reading(tmp_path, {**ARTICLES, "least_rows": 2}) as session, pytest.raises(SystemRefused) as refused:
        session.read_catalogue()
    assert refused.value.code == "too_few_rows"
    drop(tmp_path, "articles-1.csv", HEADER)
    with reading(tmp_path, ARTICLES) as session, pytest.raises(SystemRefused, match="has 0 rows"):
        session.read_catalogue()


def test_a_value_is_as_old_as_its_file(tmp_path: Path) -> None:
    drop(tmp_path, "articles-1.csv", f"{HEADER}A;1,00;19\n", age_s=7200)
    with reading(tmp_path, ARTICLES) as session:
        (seen,) = session.read([target("A")])
    assert seen.as_of is not None
    assert timedelta(seconds=7190) < datetime.now(UTC) - seen.as_of < timedelta(seconds=7300)


def test_a_row_says_itself_when_it_was_so_in_the_zone_of_its_file(tmp_path: Path) -> None:
    """02:30 came twice on 25 October 2026 in Berlin: the earlier one counts, so that nothing looks younger than it is."""
    rows = "A;1,00;19;24.10.2026 12:00\nB;1,00;19;25.10.2026 02:30\nC;1,00;19;01.01.2030 00:00\n"
    written = drop(tmp_path, "articles-1.csv", f"SKU;EK netto;MwSt;Stand\n{rows}")
    feed = {**ARTICLES, "as_of": "Stand", "as_of_format": "%d.%m.%Y %H:%M", "zone": "Europe/Berlin"}
    with reading(tmp_path, feed) as session:
        seen = [one.as_of for one in session.read([target(id) for id in "ABC"])]
    assert seen[:2] == [datetime(2026, 10, 24, 10, 0, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)]
    assert seen[2] is not None
    assert abs(seen[2].timestamp() - written.stat().st_mtime) < 1, "A file knows nothing of what was after it."


def test_a_feed_that_stopped_is_down_not_quietly_old(tmp_path: Path) -> None:
    drop(tmp_path, "articles-1.csv", f"{HEADER}A;1,00;19\n", age_s=200)
    with reading(tmp_path, {**ARTICLES, "max_age_s": 100}) as session, pytest.raises(SystemUnavailable) as stale:
        session.read([target("A")])
    assert stale.value.code == "feed_stale"


def test_nothing_new_says_nothing_and_confirms_nothing(tmp_path: Path) -> None:
    drop(tmp_path, "articles-1.csv", f"{HEADER}A;1,00;19\n")
    with reading(tmp_path, ARTICLES) as session:
        later = session.read_catalogue(updated_since=datetime.now(UTC) + timedelta(seconds=60))
        assert (later.resources, later.next_cursor, later.confirms) == ((), None, False)
        again = session.read_catalogue(updated_since=datetime.now(UTC) - timedelta(seconds=60))
        assert [one.id for one in again.resources] == ["A"]


def test_a_sweep_that_a_newer_file_overtakes_starts_again(tmp_path: Path) -> None:
    drop(tmp_path, "articles-1.csv", f"{HEADER}A;1,00;19\nB;1,00;19\n", age_s=5)
    with reading(tmp_path, ARTICLES) as session:
        first = session.read_catalogue(limit=1)
        drop(tmp_path, "articles-2.csv", f"{HEADER}A;2,00;19\nB;2,00;19\n")
        with pytest.raises(SystemUnavailable) as replaced:
            session.read_catalogue(cursor=first.next_cursor, limit=1)
    assert replaced.value.code == "file_replaced"


def test_two_files_tell_of_one_variant_together(tmp_path: Path) -> None:
    drop(tmp_path, "articles-1.csv", f"{HEADER}A;1,00;19\n")
    drop(tmp_path, "map.csv", "sku,map\nA,2.50\n")
    floor = {"column": "map", "field": "minimum_price", "currency": "EUR"}
    second = {"file": "map.csv", "id": "sku", "settle_s": 0, "columns": [floor]}
    with reading(tmp_path, ARTICLES, second) as session:
        (one,) = sweep(session).resources
        assert {each.field: each.value for each in one.fields} == {
            "cost": euros(100),
            "tax_bp": 1_900,
            "minimum_price": {"amount": 250, "currency": "EUR", "exponent": 2, "tax": "included"},
        }


def test_a_column_that_is_missing_or_there_twice_is_named(tmp_path: Path) -> None:
    drop(tmp_path, "articles-1.csv", "SKU;EK;MwSt\nA;1,00;19\n")
    with reading(tmp_path, ARTICLES) as session, pytest.raises(SystemRefused) as refused:
        session.read_catalogue()
    assert str(refused.value) == "articles-1.csv has no column 'EK netto'; it has 'SKU', 'EK', 'MwSt'."
    drop(tmp_path, "articles-1.csv", "SKU;EK netto;EK netto;MwSt\nA;1,00;2,00;19\n")
    with reading(tmp_path, ARTICLES) as session, pytest.raises(SystemRefused, match="more than one column 'EK netto'"):
        session.read_catalogue()


def test_a_link_out_of_the_folder_is_no_file_of_it(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "drop"
    outside.mkdir()
    folder.mkdir()
    drop(outside, "secret.csv", f"{HEADER}A;1,00;19\n")
    os.symlink(outside / "secret.csv", folder / "articles-1.csv")
    with reading(folder, ARTICLES) as session, pytest.raises(SystemUnavailable) as missing:
        session.read_catalogue()
    assert missing.value.code == "no_file"


def test_a_folder_that_is_gone_is_down_not_empty(tmp_path: Path) -> None:
    with reading(tmp_path / "unmounted", ARTICLES) as session, pytest.raises(SystemUnavailable) as gone:
        session.read_catalogue()
    assert gone.value.code == "folder_unreadable"
    assert str(tmp_path) not in str(gone.value), "The folder's path is the credential: it is not shown."


@pytest.mark.parametrize(
    ("feed", "says"),
    [
        ({"file": "../etc/passwd.csv"}, "is the name of a .csv or .xlsx in the folder"),
        ({"file": "prices.txt"}, "is the name of a .csv or .xlsx"),
        ({"columns": []}, "`columns` is a list of at least one"),
        ({"columns": [{"column": "x", "field": "price", "currency": "EUR"}]}, "variant.price is none of"),
        ({"columns": [{"column": "x", "field": "cost"}]}, "names no `currency`"),
        ({"columns": [{"column": "x", "field": "cost", "currency": "EUR", "tax": "included"}]}, "has its tax excluded"),
        ({"columns": [{"column": "x", "field": "tax_bp", "unit": "pieces"}]}, "comes in percent or share or bp"),
        ({"columns": [ARTICLES["columns"][0], {**ARTICLES["columns"][0], "column": "y"}]}, "in two columns"),
        ({"zone": "Europe/Nowhere"}, "there is no time zone"),
        ({"decimal": "auto"}, '`decimal` is "." or ","'),
        ({"settle_s": "soon"}, "`settle_s` is a whole number"),
    ],
)
def test_settings_that_cannot_be_followed_are_refused_in_words(feed: dict[str, Json], says: str) -> None:
    with pytest.raises(SystemRefused) as refused:
        CONNECTOR.declare(system({**ARTICLES, **feed}))
    assert refused.value.code == "settings"
    assert says in str(refused.value)


def test_the_declaration_says_how_long_a_value_lasts() -> None:
    declared = CONNECTOR.declare(system({**ARTICLES, "max_age_s": 7200}, STOCK))
    assert {(one.type, one.field): one.max_age_s for one in declared.fields} == {
        ("variant", "cost"): 7200,
        ("variant", "tax_bp"): 7200,
        ("stock", "on_hand"): 26 * 3600,
    }
    assert not any(one.writable for one in declared.fields)


def test_files_are_not_written_by_any_session(tmp_path: Path) -> None:
    drop(tmp_path, "articles-1.csv", f"{HEADER}A;1,00;19\n")
    with reading(tmp_path, ARTICLES) as session:
        request = WriteRequest(target=target("A"), before=euros(100), after=euros(90), operation_key="x")
        outcome = session.write(request)
        assert isinstance(outcome, Rejected)
        assert value(session, "A") == euros(100)
        assert value(session, "A", address=replace(COST, currency="GBP")) is None


def test_ten_times_the_rows_take_no_more_memory(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        rows = "".join(f"SKU-{number:06d};{number % 900},{number % 100:02d};19\n" for number in range(count))
        drop(tmp_path, f"articles-{count:06d}.csv", HEADER + rows)
        del rows
        tracemalloc.start()
        found, cursor = 0, None
        try:
            with reading(tmp_path, {**ARTICLES, "file": f"articles-{count:06d}.csv"}) as session:
                while True:
                    page = session.read_catalogue(cursor=cursor, limit=500)
                    found, cursor = found + len(page.resources), page.next_cursor
                    if cursor is None:
                        break
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
            assert found == count

    few = peak(500)
    assert peak(5_000) < few + 1_000_000


def test_an_address_names_the_country_of_a_tax(tmp_path: Path) -> None:
    drop(tmp_path, "articles-1.csv", f"{HEADER}A;1,00;7,5\n")
    with reading(tmp_path, ARTICLES) as session:
        assert value(session, "A", "tax_bp", Address(country="DE")) == 750
        assert value(session, "A", "tax_bp", Address(country="AT")) is None
