"""Rows of a CSV or XLSX file, one after another: a file of any length takes no more memory than a row.

XLSX keeps its texts in one list that has to be held; everything else is streamed.
"""

import codecs
import csv
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from orchestr.connectors.base import SystemRefused
from orchestr.connectors.files.cells import Cell, plain
from orchestr.connectors.files.feeds import Feed

DELIMITERS = (";", ",", "\t", "|")
LARGEST_UNPACKED = 1 << 30  # of an XLSX: one that unpacks to more is not a price list
CHUNK = 1 << 20

type Row = tuple[int, list[Cell]]


def rows(path: Path, feed: Feed) -> Iterator[Row]:
    """(line, cells), the header first. Raises SystemRefused for what cannot be read as such a file."""
    if path.suffix.lower() == ".xlsx":
        yield from _sheet(path, feed)
    else:
        yield from _csv(path, feed)


def _csv(path: Path, feed: Feed) -> Iterator[Row]:
    encoding = encoding_of(path) if feed.encoding == "auto" else feed.encoding
    try:
        with path.open(encoding=encoding, newline="", errors="strict") as file:
            for _ in range(feed.header_row - 1):
                file.readline()
            delimiter = feed.delimiter or _delimiter(file, feed)
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            line = feed.header_row
            for cells in reader:
                yield line, list(cells)
                line = feed.header_row + reader.line_num  # where the next one begins: a cell may hold line breaks
    except (UnicodeError, LookupError):
        raise SystemRefused("encoding", f"{path.name} is not written in {encoding}: name its `encoding`.") from None
    except csv.Error as error:
        raise SystemRefused("not_csv", f"{path.name} cannot be read near line {line}: {error}.") from None


def encoding_of(path: Path) -> str:
    """By its byte order mark; else UTF-8 if it is valid as such from end to end, else Windows' Western one."""
    with path.open("rb") as file:
        head = file.read(4)
        if head.startswith(codecs.BOM_UTF8):
            return "utf-8-sig"
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")("strict")
        try:
            while chunk := file.read(CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"


def _delimiter(file: IO[str], feed: Feed) -> str:
    """The one that finds the most of our columns in the header."""
    here = file.tell()
    header = file.readline()
    file.seek(here)
    wanted = {feed.id, *(column.column for column in feed.columns)}

    def found(delimiter: str) -> int:
        names = next(csv.reader([header], delimiter=delimiter), [])
        return len(wanted & {name.strip() for name in names})

    return max(DELIMITERS, key=found)


def _sheet(path: Path, feed: Feed) -> Iterator[Row]:
    try:
        with zipfile.ZipFile(path) as packed:
            if sum(part.file_size for part in packed.infolist()) > LARGEST_UNPACKED:
                raise SystemRefused("too_large", f"{path.name} unpacks to more than 1 GB.")
        book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError):
        raise SystemRefused("not_xlsx", f"{path.name} is not an XLSX file, or not a whole one.") from None
    try:
        if feed.sheet and feed.sheet not in book.sheetnames:
            there = ", ".join(book.sheetnames)
            raise SystemRefused("no_sheet", f"{path.name} has no sheet {feed.sheet!r}; it has {there}.")
        sheet = book[feed.sheet] if feed.sheet else book.worksheets[0]
        sheet.reset_dimensions()  # what some writers say of a sheet's size is not so
        for line, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
            if line >= feed.header_row:
                yield line, list(cells)
    finally:
        book.close()


def header_of(cells: list[Cell], path: Path, feed: Feed) -> dict[str, int]:
    """Where each column stands. Raises SystemRefused where one that is mapped is missing or there twice."""
    names = [plain(cell) for cell in cells]
    wanted = {feed.id, *(column.column for column in feed.columns)}
    wanted |= {part.column for column in feed.columns for part in column.address if part.column}
    wanted |= {name for name in (feed.title, feed.as_of) if name}
    for name in sorted(wanted):
        if names.count(name) != 1:
            how = "no column" if name not in names else "more than one column"
            there = ", ".join(repr(one) for one in names if one)[:300]
            raise SystemRefused("columns", f"{path.name} has {how} {name!r}; it has {there or 'none'}.")
    return {name: names.index(name) for name in wanted}
