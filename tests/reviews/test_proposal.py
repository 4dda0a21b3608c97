"""One proposal's page: what it shows to whom, and that nothing a proposer writes can act there."""

import re
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from orchestr.catalogue.models import FieldValue
from orchestr.proposals.models import Proposal
from orchestr.proposals.submitting.revise import revise
from tests import make
from tests.make import money
from tests.proposals.propose import agent_of, content, dual, propose, single
from tests.reviews.browse import act, browser, refused, see, text

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<div hx-get="/logout/" hx-trigger="load">x</div>',
    '<form data-act="approve"><button>Approve</button></form>',
    "[ok](javascript:alert(1))",
    "pre-approved by legal \u202e lagel yb",
    "{{ csrf_token }}{% csrf_token %}",
    '"><svg onload=alert(1)>',
)


def page_of(house: make.House, proposal: Proposal, name: str = "mia", part: str = "") -> str:
    answer = see(getattr(house.people, name), f"/reviews/{proposal.pk}/{part}")
    assert answer.status_code == 200
    return text(answer)


def test_the_button_says_what_it_does(house: make.House) -> None:
    page = page_of(house, single(house))
    assert "Approve version 1 and publish to shop (1 price)" in page


def test_the_button_of_the_first_of_two_says_who_decides_next(house: make.House) -> None:
    proposal = dual(house)
    assert "Approve version 1; Finance decides next" in page_of(house, proposal)
    act(house.people.mia, "approve", proposal)
    assert "Approve version 1 and publish to shop (1 price)" in page_of(house, proposal, "fay")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("lena", "This still needs Finance, Merchandising, which your account does not hold."),
        ("fay", ""),
    ],
)
def test_a_disabled_button_says_why(house: make.House, name: str, words: str) -> None:
    page = page_of(house, dual(house), name)
    disabled = re.search(r'<button class="btn primary wide[^>]*disabled aria-describedby="approve-why"', page)
    assert bool(disabled) == bool(words)
    assert words in page


def test_expired_evidence_disables_the_button_and_says_so(house: make.House) -> None:
    proposal = single(house)
    Proposal.objects.filter(pk=proposal.pk).update(evidence_until=make.now() - timedelta(seconds=1))
    assert "The evidence has expired" in page_of(house, proposal)


def test_who_decides_nothing_here_gets_no_buttons(house: make.House) -> None:
    page = page_of(house, single(house), "aud")
    for name in ("approve", "block", "request-changes", "narrow"):
        assert f'data-act="{name}"' not in page


def test_the_forms_are_as_promised(house: make.House) -> None:
    proposal = single(house)
    page = page_of(house, proposal)
    for name in ("approve", "block", "request-changes", "narrow"):
        form = re.search(
            rf'<form method="post" action="/reviews/{proposal.pk}/{name}/" data-act="{name}".*?</form>', page, re.DOTALL
        )
        assert form is not None, name
        assert 'name="csrfmiddlewaretoken"' in form[0]
        assert f'name="digest" value="{proposal.digest}"' in form[0]
    assert 'name="reason_code"' in page
    assert 'name="reason_text"' in page


def test_it_says_which_rules_asked_with_value_limit_and_version(house: make.House) -> None:
    page = page_of(house, dual(house))
    assert "A price moves by −20.0%, which is more than 10.0%." in page
    assert 'data-rule="price_change"' in page
    assert "−20.0%, limit 10.0%" in page
    assert ">version 1<" in page


def test_before_after_live_and_margin_stand_side_by_side(house: make.House) -> None:
    page = page_of(house, dual(house))
    for words in ("€200.00", "€160.00", "−€40.00", "52.4%", "40.5%"):
        assert words in page, words


def test_cost_and_what_tells_it_are_for_who_may_see_it(house: make.House) -> None:
    proposal = propose(house, house.change(after=9_600))
    seen, hidden = page_of(house, proposal, "fay"), page_of(house, proposal, "lena")
    assert "0.8%" in seen or "0.9%" in seen
    assert "your account does not see" in hidden
    for words in ("0.8%", "0.9%", "€80.00", "15.0%"):
        assert words not in hidden, words


def test_a_live_value_that_moved_is_warned_of(house: make.House) -> None:
    proposal = single(house)
    assert "not as before" not in page_of(house, proposal)
    FieldValue.objects.filter(pk=house.price(house.jacket).pk).update(value=money(21_000))
    page = page_of(house, proposal)
    assert "not as before" in page
    assert "1 value is no longer what this proposal starts from" in page


def test_the_tables_are_asked_for_once_more_with_what_the_shop_says_now(house: make.House) -> None:
    import shelf

    proposal = single(house)
    shelf.set_value("shop", "variant", "JKT-1", "price", money(20_500), make.DE)
    page = page_of(house, proposal)
    assert f'hx-get="/reviews/{proposal.pk}/changes/?number=1" hx-trigger="load"' in page
    connection.in_atomic_block, nested = False, connection.in_atomic_block  # reading systems refuses transactions
    try:
        part = page_of(house, proposal, part="changes/?number=1")
    finally:
        connection.in_atomic_block = nested
    assert "€205.00" in part
    assert 'hx-trigger="load"' not in part


def test_evidence_tells_source_age_kind_and_hash(house: make.House) -> None:
    proposal = single(house)
    evidence = proposal.versions.get().evidence.get()
    page = page_of(house, proposal)
    assert "we read it" in page
    assert evidence.sha256 in page
    assert "of 1 h" in page


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_a_proposer_writes_is_text_in_a_marked_box_away_from_the_buttons(house: make.House, hostile: str) -> None:
    proposal = propose(
        house,
        house.change(after=19_000),
        summary=hostile,
        rationale=hostile,
        alternatives=[hostile, {"price": hostile}],
        predictions=[{"metric": hostile, "direction": hostile, "low": hostile, "unit": hostile, "horizon_hours": "x"}],
        objectives={hostile: hostile},
    )
    page = page_of(house, proposal)
    for raw in ("<script>alert", "<img src=x", '<div hx-get="/logout/"', "<svg onload", 'href="javascript:'):
        assert raw not in page
    assert page.count('data-act="approve"') == 1
    box = page[page.index('<div class="untrusted">') : page.index('<aside id="decide"')]
    assert "nobody vouches for it" in box
    rail = page[page.index('<aside id="decide"') :]
    assert "pre-approved" not in rail
    assert "alert(1)" not in rail


def test_hostile_copy_is_shown_as_a_word_diff_of_text(house: make.House) -> None:
    change = {
        "type": "product",
        "id": "jacket-one",
        "field": "description",
        "address": make.ENGLISH.wire(),
        "before": "Keeps the rain out.",
        "after": 'Keeps the rain <script>alert("x")</script> out.',
    }
    page = page_of(house, propose(house, change))
    assert "<script>alert" not in page
    assert "<ins>" in page


def test_people_are_told_what_changed_since_they_looked(house: make.House) -> None:
    proposer = agent_of(house)
    proposal = propose(house, house.change(after=19_000), run=proposer.run)
    browser(house.people.mia).post(f"/reviews/{proposal.pk}/looked/")
    assert "Since you last looked" not in page_of(house, proposal)
    body = content(house, [house.change(after=18_800)], proposer)
    with transaction.atomic():
        revise(proposal_id=proposal.pk, digest=proposal.digest, proposer=proposer, content=body, at=make.now())
    page = page_of(house, proposal)
    assert "Since you last looked: version 2 instead of 1." in page
    assert "€188.00 instead of €190.00" in page


def test_a_rail_that_holds_an_older_version_decides_nothing(house: make.House) -> None:
    proposer = agent_of(house)
    proposal = propose(house, house.change(after=19_000), run=proposer.run)
    body = content(house, [house.change(after=18_800)], proposer)
    with transaction.atomic():
        revise(proposal_id=proposal.pk, digest=proposal.digest, proposer=proposer, content=body, at=make.now())
    part = page_of(house, proposal, part="decision/?number=1")
    assert "There is a version 2 now." in part
    assert 'data-act="approve"' not in part
    assert 'data-act="approve"' in page_of(house, proposal, part="decision/?number=2")


def test_the_course_tells_what_happened_and_to_whom(house: make.House) -> None:
    proposal = dual(house)
    act(house.people.mia, "approve", proposal)
    part = page_of(house, proposal, part="course/")
    for words in ("Proposal submitted", "Repricer", "Decision recorded", "Mia"):
        assert words in part, words


def test_the_course_alone_holds_nothing_that_the_page_shows_between_executions_and_what_happened(
    house: make.House,
) -> None:
    proposal = dual(house)
    part, page = page_of(house, proposal, part="course/"), page_of(house, proposal)
    between = page[page.index('id="course"') : page.index('id="happened"')]
    for stays in ('id="policy-title"', 'id="changes"', 'id="evidence-title"'):
        assert (stays in between, stays in part) == (True, False)
    assert 'id="happened" hx-swap-oob="true"' in part


def test_refusals_of_others_are_not_told(house: make.House) -> None:
    proposal = dual(house)
    refused(lambda: act(house.people.lena, "approve", proposal), proposal, "function_missing", 403)
    assert "Refused" not in page_of(house, proposal, part="course/")


def test_other_work_on_the_same_items_is_named_as_far_as_it_is_seen(house: make.House) -> None:
    first = single(house)
    other = make.workflow(house.agent, key="other", segments=[house.apparel], owner=house.people.ada)
    second = propose(house, house.change(after=18_800), run=make.run(other))
    assert f'href="/reviews/{second.pk}/"' in page_of(house, first)


@pytest.mark.parametrize("part", ["", "row/", "decision/", "course/", "changes/"])
def test_invisible_and_absent_pages_are_the_same_404(house: make.House, part: str) -> None:
    proposal = single(house)
    invisible = see(house.people.marco, f"/reviews/{proposal.pk}/{part}")
    absent = see(house.people.marco, f"/reviews/00000000-0000-7000-8000-000000000000/{part}")
    assert (invisible.status_code, absent.status_code) == (404, 404)
    assert text(invisible).replace(str(proposal.pk), "") == text(absent).replace(
        "00000000-0000-7000-8000-000000000000", ""
    ) or "csrf" in text(invisible)


def test_a_page_costs_the_same_number_of_queries_whatever_its_size(house: make.House) -> None:
    small = propose(house, house.change(after=19_000))
    large = propose(
        house,
        house.change(house.jacket_2, after=19_000),
        house.change(house.base_layer, after=19_000),
        house.change(house.jacket_2, after=19_000, address=make.UK),
    )
    copy = {"type": "product", "id": "jacket-one", "field": "description", "address": make.ENGLISH.wire()}
    words = {"before": "Keeps the rain out.", "after": "Keeps the rain out, all day."}
    propose(house, copy | words)  # the next one in the queue for both, and on nothing that they touch
    assert _queries(house, large) == _queries(house, small) == 64


def _queries(house: make.House, proposal: Proposal) -> int:
    signed_in = browser(house.people.mia)
    with CaptureQueriesContext(connection) as caught:
        assert signed_in.get(f"/reviews/{proposal.pk}/").status_code == 200
    return len(caught.captured_queries)
