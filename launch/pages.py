"""Asks the web process how it is."""

import urllib.error
import urllib.request
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """Status 0 means that nobody answered; `body` then says why."""

    status: int
    body: str


def ask(url: str) -> Answer:
    """GET one page of our own web process, whatever it answers; a proxy of the surroundings is not asked."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=5) as answer:
            return Answer(int(answer.status), answer.read(2000).decode(errors="replace"))
    except urllib.error.HTTPError as refused:
        return Answer(refused.code, refused.read(2000).decode(errors="replace"))
    except OSError as error:
        return Answer(0, str(error))
