"""Campaigns in the browser: asked for in a form, approved by another person, with what is spent and its runs."""

from datetime import timedelta
from typing import Any

from audit.models import AuditEvent
from orchestr.runs.briefs.models import Brief
from tests import make
from tests.proposals.propose import propose
from tests.reviews.browse import browser, see, text
from tests.triggers.briefs.given import asked, run_of


def form(house: make.House, **more: Any) -> dict[str, Any]:
    day = make.now() + timedelta(days=1)
    return {
        "name": "Autumn jackets",
        "goal": "Sell last year's jackets.",
        "workflow": "clearance",
        "segments": ["apparel/jackets"],
        "begins_at": day.strftime("%Y-%m-%dT%H:%M"),
        "ends_at": (day + timedelta(days=7)).strftime("%Y-%m-%dT%H:%M"),
        "zone": "Europe/Berlin",
        "cron": "30 6 * * mon-fri",
        "budget": "500.00",
        "currency": "EUR",
        "most_changes": "40",
        "deepest_cut": "12.5",
        "approver": str(house.people.fay.person_id),
    } | more


def test_asked_for_in_the_form_and_approved_by_the_other(house: make.House) -> None:
    answer: Any = browser(house.people.mia).post("/briefs/ask/", form(house))
    brief = Brief.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/briefs/{brief.pk}/")
    assert (brief.budget["amount"], brief.deepest_cut_bp, brief.most_changes) == (50_000, 1_250, 40)
    url = f"/briefs/{brief.pk}/"
    assert 'data-act="approve-brief"' not in text(see(house.people.mia, url))
    page = text(see(house.people.fay, url))
    assert 'data-act="approve-brief"' in page
    answer = browser(house.people.fay).post(f"{url}approve/", {"digest": brief.digest})
    brief.refresh_from_db()
    assert (answer.status_code, brief.state) == (302, "approved")
    answer = browser(house.people.mia).post(f"{url}end/")
    brief.refresh_from_db()
    assert (answer.status_code, brief.state) == (302, "ended")


def test_what_cannot_be_read_stands_in_the_form(house: make.House) -> None:
    for given in ({"zone": "Mars"}, {"approver": str(house.people.mia.person_id)}, {"budget": "-1"}):
        answer: Any = browser(house.people.mia).post("/briefs/ask/", form(house, **given))
        assert answer.status_code == 422
    assert not Brief.objects.exists()


def test_an_approval_by_another_leaves_one_refusal(house: make.House) -> None:
    brief = asked(house)
    before = set(AuditEvent.objects.values_list("pk", flat=True))
    answer: Any = browser(house.people.lena).post(f"/briefs/{brief.pk}/approve/", {"digest": brief.digest})
    fresh = AuditEvent.objects.exclude(pk__in=before)
    assert answer.status_code == 403
    assert [(each.action, each.data["code"]) for each in fresh] == [("refused", "not_its_approver")]


def test_its_page_says_what_is_spent_and_lists_runs_and_proposals(house: make.House) -> None:
    run = run_of(house)
    proposal = propose(house, house.change(after=19_000), run=run)
    page = text(see(house.people.mia, f"/briefs/{run.brief_id}/"))
    for words in ("117.65", "500.00", f'data-run="{run.pk}"', f'data-proposal="{proposal.pk}"', "Mia", "Fay"):
        assert words in page
    assert f'data-brief="{run.brief_id}"' in text(see(house.people.mia, "/briefs/"))


def test_who_does_not_see_its_segments_sees_nothing(house: make.House) -> None:
    brief = asked(house)
    assert see(house.people.marco, f"/briefs/{brief.pk}/").status_code == 404
    assert str(brief.pk) not in text(see(house.people.marco, "/briefs/"))
    for name in ("approve", "decline", "end"):
        assert browser(house.people.marco).post(f"/briefs/{brief.pk}/{name}/").status_code == 404
