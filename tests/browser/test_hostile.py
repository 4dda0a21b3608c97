"""A hostile agent's words in a real browser: nothing runs, nothing is asked for elsewhere, nobody is fooled by a button."""

from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Dialog, Page, Response

from launch.live import Live
from tests.browser.person import Person
from tests.faults.company import Company, found
from tests.reviews.hostile import MARK, Json, Planted, pages_of, plant

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PEOPLE = ("mia", "omar", "aud")
UNBOXED = """() => {
  const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode;
    if (node.data.includes('ZXQ') && !node.parentElement.closest('.untrusted, [data-untrusted]')) found.push(node.data);
  }
  return found;
}"""
BOXED_ACTS = ".untrusted :is(a, button, form, input, img, svg, iframe), [data-untrusted] :is(form, input, img, iframe)"


@pytest.fixture
def company(processes: Live, monkeypatch: pytest.MonkeyPatch) -> Company:
    """A shop that the web process can really read."""
    return found(processes, monkeypatch)


@pytest.fixture
def web(company: Company) -> str:
    company.live.env |= {"PYTHONPATH": "tests/packages"}
    return company.live.web().url


@pytest.fixture
def planted(company: Company, web: str) -> Planted:
    token = company.house.token
    with httpx.Client(base_url=f"{web}/api/v1", headers={"Authorization": f"Bearer {token}"}, timeout=30) as agent:

        def send(path: str, body: Json) -> Json:
            answer = agent.post(path, json=body)
            assert answer.status_code in (200, 201), answer.text
            return answer.json()

        first, second = (company.house.change(each, after=company.lower(each)) for each in company.variants[:2])
        return plant(send, first, second)


def test_nothing_an_agent_wrote_runs_or_leaves(chromium: Browser, web: str, planted: Planted) -> None:
    for username in PEOPLE:
        person = Person(chromium, web, username)
        dialogs: list[Dialog] = []
        policies: set[str] = set()
        listen(person.page, dialogs, policies)
        shown = [path for path in pages_of(planted) if looked_at(person, path)]
        person.close()
        assert {f"/reviews/{planted.proposal}/", f"/runs/{planted.run}/"} <= set(shown)
        assert dialogs == []
        assert {urlsplit(address).netloc for address in person.asked} == {urlsplit(web).netloc}
        assert not any(MARK in address for address in person.asked)
        assert [each for each in person.complaints if "404" not in each] == []
        assert policies == {"default-src 'none'"}


def listen(page: Page, dialogs: list[Dialog], policies: set[str]) -> None:
    page.on("dialog", lambda said: dialogs.append(said))
    page.on("response", lambda answer: policies.add(_policy(answer)))


def looked_at(person: Person, path: str) -> bool:
    """Whether the page shows any of the words, once everything folded is open; what it shows is only words."""
    page = person.page
    answer = page.goto(f"{person.url}{path}")
    assert answer is not None
    if answer.status == 404:  # not everybody sees every page
        return False
    page.wait_for_load_state("networkidle")
    page.evaluate("document.querySelectorAll('main details').forEach((each) => { each.open = true; })")
    assert (path, page.evaluate(UNBOXED)) == (path, [])
    assert page.evaluate("typeof window.hacked") == "undefined"
    assert page.locator(BOXED_ACTS).count() == 0
    assert page.locator("a[href*=javascript], [hx-get*=ZXQ], [action*=ZXQ], [src*=ZXQ]").count() == 0
    return MARK in page.inner_text("main")


def _policy(answer: Response) -> str:
    """The first rule of a page's policy, if nothing in it is unsafe; what is no page has none to judge."""
    if "text/html" not in answer.headers.get("content-type", "") or answer.request.resource_type != "document":
        return "default-src 'none'"
    policy = answer.headers.get("content-security-policy", "")
    return policy if "unsafe" in policy else policy.split(";")[0]
