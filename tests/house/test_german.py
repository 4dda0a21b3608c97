"""The pages in German: for who asks for it, whole sentences, numbers as German writes them."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone, translation

from orchestr.people.models import Account
from reviews.templatetags import show
from tests import make
from tests.proposals.propose import single
from tests.reviews.browse import browser

GERMAN = {"Accept-Language": "de-DE,de;q=0.9,en;q=0.5"}
EUROS = {"amount": 123_450, "currency": "EUR", "exponent": 2, "tax": "included"}


def page_of(account: Account | None, path: str) -> str:
    answer = (browser(account) if account else Client()).get(path, headers=GERMAN)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert '<html lang="de"' in page
    return re.sub(r"[ \n]+", " ", page)


def test_signing_in_speaks_german() -> None:
    page = page_of(None, "/login/")
    assert "Bei Orchestr anmelden" in page
    assert "Passwort" in page
    assert "Sign in" not in page


def test_the_queue_speaks_german(house: make.House) -> None:
    proposal = single(house)
    page = page_of(house.people.mia, "/reviews/")
    assert str(proposal.pk) in page
    assert all(words in page for words in ("Warteschlange", "Sie sind dran", "Preis von", "Freigeben"))
    assert "Your turn" not in page


def test_the_proposal_speaks_german(house: make.House) -> None:
    page = page_of(house.people.mia, f"/reviews/{single(house).pk}/")
    assert "Version 1 freigeben und an shop veröffentlichen (1 Preis)" in page
    assert "Was sich ändert" in page
    assert re.search(r"\d,\d\d\xa0€", page)
    assert re.search(r"\d,\d\xa0%", page)
    assert not re.search(r"€\d", page)


def test_the_on_call_board_speaks_german(house: make.House) -> None:
    page = page_of(house.people.omar, "/oncall/")
    assert "Bereitschaft" in page
    assert "Alles anhalten" in page
    assert "Stop everything" not in page


def test_who_asks_for_no_language_of_ours_reads_english() -> None:
    answer = Client().get("/login/", headers={"Accept-Language": "ja"})
    assert '<html lang="en"' in answer.content.decode()


@pytest.mark.parametrize(
    ("language", "money", "share", "ago"),
    [("en", "€1,234.50", "12.5%", "3 days ago"), ("de", "1.234,50\xa0€", "12,5\xa0%", "vor 3 Tagen")],
)
def test_numbers_shares_and_times_are_written_as_the_language_writes_them(
    language: str, money: str, share: str, ago: str
) -> None:
    now = timezone.now()
    with translation.override(language):
        assert show.money(EUROS) == money
        assert show.percent_bp(1250) == share
        assert f">{ago}</time>" in show.ago({"now": now}, now - timedelta(days=3))  # type: ignore[arg-type]
