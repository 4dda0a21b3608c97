"""Faults on order, edits by somebody else, and the log of what we wrote."""

import subprocess
import sys
import time
from contextlib import closing
from http.client import RemoteDisconnected
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest

from orchestr.connectors.base import PlaysDead, SystemUnavailable, Target
from orchestr.connectors.registry import get
from tests.make.catalogue import DE
from tests.shops.demo import ROOT, Server

SKU = "FF-FLC-LUN-MOS"
PATH = f"/api/v1/values/variant/{SKU}/price?channel=web-de&currency=EUR"


def eur(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR", "exponent": 2, "tax": "included"}


def put(shop: Server, amount: int, *, key: str, path: str = PATH, version: str = "*", timeout: float = 20.0) -> Any:
    headers = {"If-Match": f'"{version}"', "Operation-Key": key}
    return shop.ask("PUT", path, {"value": eur(amount)}, stage="publish", headers=headers, timeout=timeout)


def test_the_write_log_holds_what_was_written_with_its_whole_address(shop: Server) -> None:
    put(shop, 9_100, key="logged")
    (entry,) = shop.writes("logged")
    assert {"at", "address", "value"} <= set(entry)
    assert entry["value"] == eur(9_100)
    assert {name: part for name, part in entry["address"].items() if part is not None} == {
        "type": "variant",
        "id": SKU,
        "field": "price",
        "channel": "web-de",
        "currency": "EUR",
    }


def test_during_an_outage_it_answers_control_alone_and_comes_back_by_itself(shop: Server) -> None:
    assert shop.ask("POST", "/_control/outage", {"seconds": 600}).status == 200
    try:
        assert shop.ask("GET", PATH).status == 503
        assert put(shop, 9_200, key="meanwhile").status == 503
        assert shop.writes("meanwhile") == []
        assert shop.ask("POST", "/_control/outage", {"seconds": -1}).status == 422
    finally:
        assert shop.ask("POST", "/_control/outage", {"seconds": 0}).status == 200
    assert shop.ask("GET", PATH).status == 200


def test_the_connector_tells_its_shop_to_play_dead(shop: Server) -> None:
    connector = get("demo_shop")
    assert isinstance(connector, PlaysDead)
    connector.play_dead(shop.system, seconds=600)
    try:
        with closing(shop.open("read")) as session, pytest.raises(SystemUnavailable, match="503"):
            session.read([Target(type="variant", id=SKU, ref="", field="price", address=DE)])
    finally:
        connector.play_dead(shop.system, seconds=0)


def test_an_edit_is_by_somebody_else_and_not_in_the_log(shop: Server) -> None:
    before = shop.get(PATH)
    count = len(shop.get("/_control/writes"))
    shop.edit(type="variant", id=SKU, field="price", address={"channel": "web-de", "currency": "EUR"}, value=eur(8_800))
    assert shop.get(PATH)["value"] == eur(8_800)
    assert len(shop.get("/_control/writes")) == count
    assert put(shop, 9_000, key="after the edit", version=before["version"]).status == 412


def test_an_error_does_nothing_and_only_as_often_as_ordered(shop: Server) -> None:
    before = shop.get(PATH)
    shop.script("error", match=SKU, times=2)
    assert [put(shop, 7_000, key="error").status for _ in range(2)] == [500, 500]
    assert shop.get(PATH) == before
    assert put(shop, 7_000, key="error").status == 200
    assert len(shop.writes("error")) == 1


def test_a_429_says_when_to_come_back(shop: Server) -> None:
    shop.script("429", ms=2_500)
    answer = put(shop, 7_100, key="limited")
    assert (answer.status, answer.headers["Retry-After"]) == (429, "3")
    assert shop.writes("limited") == []


def test_a_lost_answer_is_a_write_that_was_done(shop: Server) -> None:
    shop.script("lose_answer")
    with pytest.raises((URLError, RemoteDisconnected, ConnectionError)):
        put(shop, 7_200, key="lost")
    assert shop.get(PATH)["value"] == eur(7_200)
    assert put(shop, 7_200, key="lost").json()["replayed"] is True
    assert len(shop.writes("lost")) == 1


def test_a_delayed_write_lands_after_its_caller_has_gone(shop: Server) -> None:
    shop.script("delay", ms=2_500)
    with pytest.raises((TimeoutError, URLError)):
        put(shop, 7_300, key="late", timeout=0.5)
    assert shop.writes("late") == []
    while not shop.writes("late"):  # the test's own time limit ends it
        time.sleep(0.02)
    assert shop.get(PATH)["value"] == eur(7_300)


def test_a_delayed_write_still_compares_when_it_lands(shop: Server) -> None:
    version = shop.get(PATH)["version"]
    shop.script("delay", ms=2_500)
    with pytest.raises((TimeoutError, URLError)):
        put(shop, 7_400, key="too late", version=version, timeout=0.5)
    shop.edit(sku=SKU, field="price", channel="web-de", value=7_450)
    shop.script("delay", ms=2_600)  # lands after the first one would have
    other = PATH.replace("LUN", "KOIE").replace("MOS", "RST")
    assert put(shop, 7_500, key="landed after", path=other).status == 200
    assert shop.writes("too late") == []
    assert shop.get(PATH)["value"] == eur(7_450)


def test_a_stale_read_gives_the_old_value_everywhere_for_its_time(shop: Server) -> None:
    shop.edit(sku=SKU, field="price", channel="web-de", value=7_550)
    old = shop.get(PATH)
    assert old["changed_by"] == "somebody in the back office"
    shop.script("stale_read", ms=60_000)
    assert put(shop, 7_600, key="stale").status == 200
    assert shop.get(PATH) == old
    listed = shop.get(f"/api/v1/resources/variant/{SKU}")["values"]
    assert old["value"] in [one["value"] for one in listed]
    shop.script("stale_read", ms=100)
    assert put(shop, 7_650, key="stale for a moment").status == 200
    while shop.get(PATH)["value"] != eur(7_650):  # the test's own time limit ends it
        time.sleep(0.02)


def test_a_match_spares_what_it_does_not_name(shop: Server) -> None:
    shop.script("error", match="*/FF-FLC-KOIE-*channel=web-uk*", times=5)
    assert put(shop, 7_700, key="spared").status == 200
    assert put(shop, 7_700, key="spared too", path=PATH.replace("LUN-MOS", "KOIE-RST")).status == 200
    assert len(shop.get("/_control/script")) == 1


def test_a_match_may_name_its_parts(shop: Server) -> None:
    shop.script("error", match={"sku": SKU, "channel": "web-de"}, status=422)
    assert shop.get(PATH)
    assert put(shop, 7_750, key="parts").status == 422


def test_faults_befall_reads_only_where_the_match_asks_for_get(shop: Server) -> None:
    shop.script("error", match=SKU, status=503)
    assert shop.ask("GET", PATH).status == 200
    shop.script("error", match=f"GET */{SKU}/*", status=503)
    assert [shop.ask("GET", PATH).status for _ in range(2)] == [503, 200]


@pytest.mark.parametrize(
    "body",
    [
        {"match": "*", "fault": "explode"},
        {"match": "*", "fault": "error", "times": 0},
        {"match": 7, "fault": "error"},
        {"match": "*", "fault": "error", "status": 200},
    ],
)
def test_a_fault_that_cannot_be_is_refused(shop: Server, body: dict[str, Any]) -> None:
    assert shop.ask("POST", "/_control/script", body).status == 422
    assert shop.get("/_control/script") == []


@pytest.mark.parametrize("name", ["shop", "erp"])
def test_a_server_does_not_listen_beyond_this_machine(name: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", f"demo.{name}", "--port", "0", "--data", str(tmp_path), "--host", "0.0.0.0"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert "loopback" in ended.stderr


def test_one_token_for_both_stages_is_refused(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("same")
    command = [sys.executable, "-m", "demo.erp", "--port", "0", "--data", str(tmp_path / "data")]
    command += [f"--credentials-read={tmp_path / 'token'}", f"--credentials-publish={tmp_path / 'token'}"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert "two different" in ended.stderr
    assert "same" not in ended.stderr
