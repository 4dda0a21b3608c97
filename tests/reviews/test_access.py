"""Every address of the queue and its proposals × who asks: what they may open, and what looks absent."""

import pytest
from django.test import Client

from reviews.urls import review_patterns
from tests import make
from tests.proposals.propose import single
from tests.reviews.browse import browser

EVERYBODY = frozenset({"mia", "marco", "fay", "lena", "omar", "olga", "ada", "aud"})
SEE_APPAREL = EVERYBODY - {"marco"}
DECIDE_APPAREL = frozenset({"mia", "fay", "lena"})
REVERT = frozenset({"omar", "olga"})
# name: (method, who gets through; the others get 404 where they do not see it, 403 where they may not act)
OPEN: dict[str, tuple[str, frozenset[str]]] = {
    "home": ("GET", EVERYBODY),
    "looked_home": ("POST", EVERYBODY),
    "queue": ("GET", EVERYBODY),
    "bulk": ("POST", SEE_APPAREL),
    "proposal": ("GET", SEE_APPAREL),
    "row": ("GET", SEE_APPAREL),
    "rail": ("GET", SEE_APPAREL),
    "course": ("GET", SEE_APPAREL),
    "approve": ("POST", DECIDE_APPAREL),
    "block": ("POST", DECIDE_APPAREL),
    "request_changes": ("POST", DECIDE_APPAREL),
    "narrow": ("POST", DECIDE_APPAREL),
    "take_back": ("POST", SEE_APPAREL),
    "claim": ("POST", SEE_APPAREL),
    "release": ("POST", SEE_APPAREL),
    "snooze": ("POST", SEE_APPAREL),
    "unsnooze": ("POST", SEE_APPAREL),
    "comment": ("POST", SEE_APPAREL),
    "looked": ("POST", SEE_APPAREL),
    "changes": ("GET", SEE_APPAREL),
    "why": ("GET", SEE_APPAREL),
    "changes_csv": ("POST", SEE_APPAREL),
    "drift_seen": ("POST", REVERT),
    "rollout_go_on": ("POST", DECIDE_APPAREL),
    "rollout_put_back": ("POST", REVERT),
    "rollout_longer": ("POST", DECIDE_APPAREL | REVERT),
}
FIELDS = {
    "reason_code": "other",
    "reason_text": "Hm.",
    "text": "Hm.",
    "verdict": "approve",
    "after-0": "195.00",
    "why-0": "x",
}
# Acts that need a state this proposal is not in: seen and refused as a conflict, never as absent.
SEEN_AND_REFUSED = {"take_back": 409, "rollout_go_on": 409, "rollout_put_back": 409, "rollout_longer": 409}
PATHS = {pattern.name: str(pattern.pattern) for pattern in review_patterns}


def test_every_address_has_an_entry() -> None:
    assert set(OPEN) == set(PATHS)


@pytest.mark.parametrize("name", sorted(set(OPEN) - {"changes"}))
def test_who_may_open_what(house: make.House, name: str) -> None:
    method, allowed = OPEN[name]
    for who in sorted(EVERYBODY):
        proposal = single(house)
        path = "/" + PATHS[name].replace("<uuid:proposal_id>", str(proposal.pk))
        given = FIELDS | {"digest": proposal.digest, "select": f"{proposal.pk}:{proposal.digest}"}
        client = browser(getattr(house.people, who))
        answer = client.get(path) if method == "GET" else client.post(path, given)
        expected = _expected(name, who, allowed)
        assert answer.status_code in expected, (name, who, answer.status_code)
        for other in house.agent.proposals.exclude(pk=proposal.pk):
            assert other.state != "draft" or other.pk == proposal.pk


def _expected(name: str, who: str, allowed: frozenset[str]) -> set[int]:
    if who not in SEE_APPAREL and name not in ("home", "looked_home", "queue"):
        return {404}
    if who not in allowed:
        return {403}
    return {SEEN_AND_REFUSED[name]} if name in SEEN_AND_REFUSED else {200, 204, 302}


@pytest.mark.parametrize("name", sorted(OPEN))
def test_nobody_signed_in_is_led_to_the_sign_in(house: make.House, name: str) -> None:
    proposal = single(house)
    path = "/" + PATHS[name].replace("<uuid:proposal_id>", str(proposal.pk))
    client = Client()
    answer = client.get(path) if OPEN[name][0] == "GET" else client.post(path, FIELDS)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/?next=")
