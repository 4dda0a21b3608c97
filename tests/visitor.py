"""A person at the real pages without a browser: signs in, reads a page's forms, sends one with its hidden fields."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import TracebackType
from typing import Self

import httpx

from tests.people import PASSWORD


@dataclass(slots=True)
class Form:
    """One `<form data-act>` as the page carries it."""

    act: str
    action: str
    hidden: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._open: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and "data-act" in given:
            self._open = Form(given["data-act"], given.get("action", ""))
            self.found.append(self._open)
        elif tag == "input" and self._open and given.get("type") == "hidden":
            self._open.hidden[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None


def forms(page: str) -> list[Form]:
    """Every act that a page offers."""
    read = _Forms()
    read.feed(page)
    return read.found


class Visitor:
    """One session of one account."""

    def __init__(self, url: str, username: str, *, timeout: float = 60) -> None:
        self.http = httpx.Client(base_url=url, follow_redirects=True, timeout=timeout)
        self._sign_in(username)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.http.close()

    def page(self, path: str) -> str:
        """A page that is there and may be seen."""
        answer = self.http.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.text

    def act(self, path: str, act: str, **fields: str) -> httpx.Response:
        """Send the page's form of this act, the way its button would; the answer is the page it leads to."""
        offered = forms(self.page(path))
        form = next((each for each in offered if each.act == act), None)
        assert form is not None, f"{path} offers {[each.act for each in offered]}, not {act}"
        return self.http.post(form.action or path, data=form.hidden | fields, headers={"Origin": self._origin})

    @property
    def _origin(self) -> str:
        return str(self.http.base_url).rstrip("/")

    def _sign_in(self, username: str) -> None:
        self.http.get("/login/")
        token = self.http.cookies["csrftoken"]
        named = {"username": username, "password": PASSWORD, "csrfmiddlewaretoken": token}
        answer = self.http.post("/login/", data=named, headers={"Origin": self._origin})
        assert answer.status_code == 200, answer.status_code
        assert "sessionid" in self.http.cookies, f"{username} could not sign in"
