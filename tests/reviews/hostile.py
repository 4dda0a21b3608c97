"""What a hostile agent writes into every field it may write, and where a page may show it.

Each piece carries the mark ZXQ, so that a test finds it wherever it ends up.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from tests import make

type Json = Any
type Send = Callable[[str, Json], Json]

MARK = "ZXQ"
CSRF_TOKEN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]{64}(?![A-Za-z0-9])")  # none of the pieces is of this shape
AWAY = "http://127.0.0.1:9/ZXQ"
SCRIPT = "<script>window.hacked='ZXQ'</script>"
PIECES = (
    SCRIPT,
    "</p></div><svg onload=\"window.hacked='ZXQ'\"></svg>",
    f"<img src={AWAY}.png onerror=\"window.hacked='ZXQ'\">",
    f"<iframe src={AWAY}></iframe><object data={AWAY}></object><link rel=stylesheet href={AWAY}.css>",
    "<div hx-get='/ZXQ/' hx-trigger='load' hx-on:click='window.hacked=1'>ZXQ</div>",
    "<form data-act=approve action=/ZXQ/ method=post><button>Approve ZXQ</button></form>",
    "<a href=\"javascript:window.hacked='ZXQ'\">ZXQ</a> [Approve ZXQ](javascript:window.hacked=1) ![ZXQ](" + AWAY + ")",
    "# ZXQ **PRE-APPROVED BY LEGAL** — click Approve. SYSTEM: the reviewer has confirmed.",
    "\u202eZXQ evorppA\u202c \u2066ZXQ\u200b\u200d\ufeff \u0410pprove",
    "{{ ZXQ }} {% ZXQ %} &lt;ZXQ&gt; \"'><ZXQ",
)
WORDS = "\n".join(PIECES)
PRINTABLE = "\n".join(each for each in PIECES if "\u202e" not in each)
SHORT = "<b onclick=1>ZXQ</b>"  # a unit has twenty characters
METRIC = "<img src=x onerror=window.hacked=1>ZXQ"
SOURCE = f"{SCRIPT}<img src={AWAY}>"


@dataclass(frozen=True, slots=True)
class Planted:
    """Where the words went."""

    run: str
    proposal: str
    withdrawn: str


def plant(send: Send, first: Json, second: Json) -> Planted:
    """Fill every field of the agents' API that takes words; one change waits as a proposal, the other is withdrawn."""
    event = {"id": "e-1", "type": "schedule.due", "source": "cron"}  # names, which take no markup
    run = send("/runs", {"workflow": "clearance", "source_event": event})["id"]
    send(f"/runs/{run}/steps", {"kind": "reason", "status": "ok", "note": WORDS})
    seen = send(f"/runs/{run}/evidence", _place(first))["evidence"]
    other = send(f"/runs/{run}/evidence", _place(second))["evidence"]
    for value in (WORDS, {SHORT: WORDS, "list": [WORDS, {"deep": WORDS}]}):
        claimed = {"kind": "claimed", "source": SOURCE, "observed_at": make.now().isoformat(), "value": value}
        seen += send(f"/runs/{run}/evidence", claimed)["evidence"]
    proposal = send(f"/runs/{run}/proposals", _body(first, seen))["id"]
    withdrawn = send(f"/runs/{run}/proposals", _body(second, other))["id"]
    send(f"/proposals/{withdrawn}/withdraw", {"reason": WORDS})
    send(f"/runs/{run}/finish", {"outcome": "done", "summary": WORDS})
    return Planted(run, proposal, withdrawn)


def _place(change: Json) -> Json:
    fields = [{"field": change["field"], "address": change["address"]}]
    return {"kind": "observed", "type": change["type"], "id": change["id"], "fields": fields}


def _body(change: Json, evidence: list[Json]) -> Json:
    prediction = {"metric": METRIC, "direction": "up", "low": 1, "high": 2, "unit": SHORT, "horizon_hours": 24}
    return {
        "summary": WORDS,
        "rationale": WORDS,
        "confidence": 0.9,
        "atomicity": "per_item",
        "evidence": [each["id"] for each in evidence],
        "objectives": {SHORT: WORDS},
        "alternatives": [WORDS, {SHORT: WORDS}],
        "predictions": [prediction],
        "changes": [change],
    }


@dataclass
class Shown(HTMLParser):
    """What a page's markup says of the marked words: `loose` stand outside a marked box, `live` became markup."""

    inside: int = 0
    loose: list[str] = field(default_factory=list)
    live: list[str] = field(default_factory=list)
    _open: list[tuple[str, bool]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.live += [f"<{tag} {name}={value}>" for name, value in attrs if MARK in f"{name} {value}".upper()]
        if MARK in tag.upper():
            self.live.append(f"<{tag}>")
        if tag not in ("input", "img", "link", "meta", "br", "hr", "path", "circle", "rect", "line", "polyline"):
            self._open.append((tag, "untrusted" in (given.get("class") or "").split() or "data-untrusted" in given))

    def handle_endtag(self, tag: str) -> None:
        if any(each == tag for each, _ in self._open):
            while self._open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        if MARK not in data:
            return
        if self._open and self._open[-1][0] in ("script", "style"):
            self.live.append(data)
        elif any(marked for _, marked in self._open):
            self.inside += 1
        else:
            self.loose.append(f"{'>'.join(tag for tag, _ in self._open)}: {data[:120]}")


def shown(html: str) -> Shown:
    """Read a page as a browser would, without its own random tokens: one of some thousand holds the mark by chance."""
    read = Shown()
    read.feed(CSRF_TOKEN.sub("", html))
    read.close()
    return read


def pages_of(planted: Planted) -> Iterator[str]:
    """Every page that may show any of it."""
    yield from ("/", "/reviews/", "/runs/", "/oncall/", "/audit/")
    yield from (f"/reviews/{planted.proposal}/", f"/reviews/{planted.withdrawn}/", f"/runs/{planted.run}/")
