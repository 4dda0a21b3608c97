"""The catalogue with 100,000 SKUs in three systems: one resource, a page of each filter, and a sweep of all."""

import statistics
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from bench import sweeping
from bench.clients import Line, request
from bench.company import Client, Company, agent_of
from bench.house import House
from bench.report import Report
from bench.shelves import fill
from bench.waiting import Reader
from orchestr.catalogue.cursor import Cursor
from orchestr.catalogue.models import Segment

SKUS, QUICK_SKUS = 100_000, 10_000
ASKED = 9
RESOURCE_MS, PAGE_MS = 10.0, 50.0


@dataclass(frozen=True, slots=True)
class Question:
    """`least` is how many rows the answer must hold to be one."""

    name: str
    path: str
    least: int


def measure(house: House, company: Company, report: Report, options: dict[str, Any]) -> None:
    skus = QUICK_SKUS if options["rounds"] == 1 else SKUS
    began = time.perf_counter()
    fill(skus, company.leaves)
    report.title(f"The catalogue: {skus:,} SKUs × 3 systems ({time.perf_counter() - began:.0f} s to fill)")
    web = house.web()
    _measure_resource(report, company, web.url, skus)
    narrow = agent_of(company, Segment.objects.get(pk=company.leaves[0]))
    for who, client in (("agent of all", company.clients[0]), ("agent of 1 %", narrow)):
        # Who may not see the top segment is refused when asking for it.
        asked = [each for each in _api(skus) if client is not narrow or "top segment" not in each.name]
        _measure_pages(report, web.url, who, _bearer(client), asked)
    for who, account in (("all", company.merchandiser), ("1 %", company.narrow)):
        cookie = Reader(web.url, account).cookie
        _measure_pages(report, web.url, f"person of {who}", cookie, _pages(skus))
    house.live.stop("web")
    sweeping.measure(house, report, skus)


def _measure_resource(report: Report, company: Company, url: str, skus: int) -> None:
    bearer, cookie = _bearer(company.clients[0]), Reader(url, company.merchandiser).cookie
    key = f"K-{skus // 2:06}"
    bare = _ms(url, "/healthz", bearer)
    report.figure("a request that reads nothing", [bare], "ms")
    one = _ms(url, f"/api/v1/catalogue/resources/variant/{key}", bearer)
    report.target("one resource with all its fields, API", one, "ms", at_most=RESOURCE_MS)
    report.target("the page of the SKU", _ms(url, f"/catalogue/{key}/", cookie), "ms", at_most=PAGE_MS)


def _measure_pages(report: Report, url: str, who: str, headers: dict[str, str], questions: list[Question]) -> None:
    slowest = 0.0
    for asked in questions:
        took = _ms(url, asked.path, headers, least=asked.least if who.endswith("all") else 0)
        report.figure(f"{who}: {asked.name}", [took], "ms")
        slowest = max(slowest, took)
    report.target(f"a page, slowest filter, {who}", slowest, "ms", at_most=PAGE_MS)


def _api(skus: int) -> list[Question]:
    return [
        Question(name, f"/api/v1/catalogue/resources?{urlencode(given)}", least)
        for name, given, least in _filters(skus)
    ]


def _pages(skus: int) -> list[Question]:
    return [Question(name, f"/catalogue/?{urlencode(given)}", least) for name, given, least in _filters(skus)]


def _filters(skus: int) -> list[tuple[str, dict[str, str], int]]:
    """Each filter at its first page, and those that go far from a place far down."""
    deep = {"type": "variant", "cursor": Cursor("variant", f"K-{skus * 9 // 10:06}").text()}
    return [
        ("no filter", {}, 50),
        ("a type", {"type": "stock"}, 50),
        ("a type, far down", deep, 50),
        ("the end of the list", deep | {"cursor": Cursor("variant", f"K-{skus - 10:06}").text()}, 9),
        ("a segment", {"type": "variant", "segment": "all/s-0"}, 50),
        ("a segment, far down", deep | {"segment": "all/s-0"}, 50),
        ("the top segment, far down", deep | {"segment": "all"}, 50),
        ("a system", {"type": "variant", "system": "pim"}, 50),
        ("a system, far down", deep | {"system": "pim"}, 50),
        ("a system that holds none of the type", {"type": "product", "system": "pim"}, 0),
        ("words in a tenth", {"type": "variant", "q": "alder"}, 50),
        ("words in a tenth, far down", deep | {"q": "alder"}, 50),
        ("one SKU", {"type": "variant", "q": f"K-{skus // 2:06}"}, 1),
        ("words in none", {"type": "variant", "q": "no such thing"}, 0),
        ("two letters in none", {"type": "variant", "q": "qx"}, 0),
        ("words, a segment and a system", {"type": "variant", "q": "alder", "segment": "all/s-0", "system": "pim"}, 50),
    ]  # fmt: skip


def _ms(url: str, path: str, headers: dict[str, str], *, least: int = 0) -> float:
    """The median of ASKED answers in milliseconds, after two that warm what a process keeps."""
    line, took = Line(url), []
    raw = request("GET", f"{url}{path}", headers=headers)
    for _ in range(ASKED + 2):
        began = time.perf_counter()
        status, body = line.ask(raw)
        took.append(1000 * (time.perf_counter() - began))
        rows = max(body.count(b'"sku":'), body.count(b"data-resource"))
        if status != 200 or rows < least:
            raise RuntimeError(f"{path} answered {status} with {rows} rows")
    line.close()
    return statistics.median(took[2:])


def _bearer(client: Client) -> dict[str, str]:
    return {"authorization": f"Bearer {client.token}"}
