"""Deciding by the page's door: what it does, what it refuses, what a refusal leaves and says."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client

from audit.models import AuditEvent
from orchestr.execution.models import Execution
from orchestr.proposals.models import Decision, Proposal
from orchestr.proposals.submitting.revise import revise
from tests import make, people
from tests.proposals.propose import agent_of, content, dual, propose, single
from tests.reviews.browse import act, browser, left, refused, see, text

REASON = {"reason_code": "margin", "reason_text": "Too thin for <b>us</b>."}


def fresh(proposal: Proposal) -> Proposal:
    return Proposal.objects.get(pk=proposal.pk)


def test_approving_leads_back_to_the_page_which_says_so(house: make.House) -> None:
    proposal = single(house)
    answer = act(house.people.mia, "approve", proposal)
    assert (answer.status_code, answer["Location"]) == (302, f"/reviews/{proposal.pk}/")
    assert fresh(proposal).state == "approved"
    assert "Take my approval back" in text(see(house.people.mia, f"/reviews/{proposal.pk}/"))


def test_approving_from_a_row_answers_the_row_greyed_with_who_and_when(house: make.House) -> None:
    proposal = single(house)
    answer = act(house.people.mia, "approve", proposal, htmx=f"row-{proposal.pk}")
    page = text(answer)
    assert answer.status_code == 200
    assert page.lstrip().startswith(f'<li id="row-{proposal.pk}" class="queue-row is-settled"')
    assert 'data-state="approved"' in page
    assert "approved by Mia" in page


def test_pressing_twice_is_one_decision(house: make.House) -> None:
    proposal = dual(house)
    for _ in range(2):
        assert act(house.people.mia, "approve", proposal).status_code == 302
    assert Decision.objects.count() == 1


def test_dual_approval_by_merchandising_and_finance(house: make.House) -> None:
    proposal = dual(house)
    act(house.people.mia, "approve", proposal)
    assert fresh(proposal).state == "draft"
    act(house.people.fay, "approve", proposal)
    assert fresh(proposal).state == "approved"


def test_blocking_keeps_the_reason_for_the_proposer(house: make.House) -> None:
    proposal = single(house)
    act(house.people.mia, "block", proposal, **REASON)
    decision = Decision.objects.get()
    assert (decision.verdict, decision.reason_code, decision.reason) == ("block", "margin", "Too thin for <b>us</b>.")
    assert fresh(proposal).blocked_reason == "reviewer"
    assert "Too thin for &lt;b&gt;us&lt;/b&gt;." in text(see(house.people.mia, f"/reviews/{proposal.pk}/"))


def test_requesting_changes_makes_it_the_proposers_turn(house: make.House) -> None:
    proposal = single(house)
    act(house.people.mia, "request-changes", proposal, **REASON)
    assert (fresh(proposal).state, fresh(proposal).turn) == ("draft", "proposer")


def test_taking_back_within_the_window(house: make.House) -> None:
    proposal = single(house)
    act(house.people.mia, "approve", proposal)
    act(house.people.mia, "take-back", proposal)
    assert fresh(proposal).state == "draft"


def test_narrowing_drops_one_and_moves_another_and_stays_approvable(house: make.House) -> None:
    proposal = propose(house, house.change(after=19_000), house.change(house.jacket_2, after=18_500))
    fields = {"drop-1": "on", "why-1": "On sale already.", "after-0": "195.00", "why-0": "Half is enough."}
    act(house.people.mia, "narrow", proposal, **fields)
    now = fresh(proposal)
    version = now.versions.get(number=2)
    assert [change["after"]["amount"] for change in version.plan] == [19_500]
    assert version.narrowed_by == house.people.mia.person
    assert act(house.people.mia, "approve", now).status_code == 302
    assert fresh(proposal).state == "approved"


def test_going_further_makes_the_reviewer_an_editor_who_is_told_so(house: make.House) -> None:
    proposal = single(house)
    client = browser(house.people.mia)
    given = {"digest": proposal.digest, "after-0": "188.00", "why-0": "Go lower."}
    page = client.post(f"/reviews/{proposal.pk}/narrow/", given, follow=True)
    assert "you are its editor" in text(page)  # type: ignore[arg-type]
    now = fresh(proposal)
    refused(lambda: act(house.people.mia, "approve", now), now, "own_work", 403)


# Refusals: one event, nothing else, and a page that says what to do.


def test_refuses_a_stale_digest_saying_what_is_different(house: make.House) -> None:
    proposer = agent_of(house)
    proposal = propose(house, house.change(after=19_000), run=proposer.run)
    seen = fresh(proposal)
    body = content(house, [house.change(after=18_800)], proposer)
    with transaction.atomic():
        revise(proposal_id=proposal.pk, digest=proposal.digest, proposer=proposer, content=body, at=make.now())
    answer = refused(lambda: act(house.people.mia, "approve", seen), proposal, "stale_digest", 409)
    assert "€188.00 instead of €190.00" in text(answer)
    assert f'href="/reviews/{proposal.pk}/"' in text(answer)


@pytest.mark.parametrize("name", ["approve", "block", "request-changes", "narrow"])
def test_refuses_a_missing_digest(house: make.House, name: str) -> None:
    proposal = single(house)
    fields = REASON | {"digest": "", "drop-0": "on", "why-0": "No."}
    refused(lambda: act(house.people.mia, name, proposal, **fields), proposal, "stale_digest", 409)


@pytest.mark.parametrize("name", ["approve", "block", "request-changes", "narrow"])
def test_refuses_the_owner_of_the_agent(house: make.House, name: str) -> None:
    people.grant(house.people.ada, people.DECIDE, house.apparel)
    proposal = propose(house, house.change(after=19_000), house.change(house.jacket_2, after=19_000))
    fields = REASON | {"drop-0": "on", "why-0": "No."}
    refused(lambda: act(house.people.ada, name, proposal, **fields), proposal, "own_work", 403)


def test_refuses_the_owner_by_a_second_account_with_every_flag(house: make.House) -> None:
    rights = {people.VIEW: [house.apparel], people.DECIDE: [house.apparel]}
    second = people.account(
        "ada-2", ["merchandising"], rights, person=house.people.ada.person, is_superuser=True, is_staff=True
    )
    proposal = single(house)
    refused(lambda: act(second, "approve", proposal), proposal, "own_work", 403)


def test_refuses_a_second_voice_of_one_person(house: make.House) -> None:
    rights = {people.VIEW: [house.apparel], people.DECIDE: [house.apparel]}
    second = people.account("mia-finance", ["finance"], rights, person=house.people.mia.person)
    proposal = dual(house)
    act(house.people.mia, "approve", proposal)
    refused(lambda: act(second, "approve", proposal), proposal, "already_decided", 409)


def test_refuses_who_sees_but_may_not_decide(house: make.House) -> None:
    proposal = single(house)
    refused(lambda: act(house.people.omar, "approve", proposal), proposal, "may_not_decide_here", 403)


def test_refuses_who_does_not_hold_the_function(house: make.House) -> None:
    proposal = dual(house)
    refused(lambda: act(house.people.lena, "approve", proposal), proposal, "function_missing", 403)


def test_refuses_expired_evidence_and_says_what_to_do(house: make.House) -> None:
    proposal = single(house)
    Proposal.objects.filter(pk=proposal.pk).update(evidence_until=make.now() - timedelta(seconds=1))
    answer = refused(lambda: act(house.people.mia, "approve", proposal), proposal, "evidence_expired", 409)
    assert "Request changes" in text(answer)


def test_tells_the_loser_who_was_first(house: make.House) -> None:
    proposal = single(house)
    act(house.people.fay, "block", proposal, **REASON)
    answer = refused(lambda: act(house.people.mia, "approve", proposal), proposal, "already_decided", 409)
    assert "Fay was first" in text(answer)


def test_refuses_a_block_without_a_reason(house: make.House) -> None:
    proposal = single(house)
    refused(lambda: act(house.people.mia, "block", proposal, reason_code=""), proposal, "reason_missing", 422)


def test_refuses_a_reason_nobody_could_read(house: make.House) -> None:
    proposal = single(house)
    long = {"reason_code": "other", "reason_text": "x" * 2_001}
    refused(lambda: act(house.people.mia, "block", proposal, **long), proposal, "reason_too_long", 422)


def test_refuses_to_take_back_what_nobody_decided(house: make.House) -> None:
    proposal = single(house)
    refused(lambda: act(house.people.mia, "take-back", proposal), proposal, "nothing_to_take_back", 409)


def test_refuses_to_take_back_once_a_worker_has_it(house: make.House) -> None:
    proposal = single(house)
    act(house.people.mia, "approve", proposal)
    Execution.objects.create(
        proposal=proposal,
        version=proposal.versions.get(),
        kind="apply",
        state="running",
        next_at=make.now(),
        queued_at=make.now(),
    )
    refused(lambda: act(house.people.mia, "take-back", proposal), proposal, "executing", 409)
    page = text(see(house.people.mia, f"/reviews/{proposal.pk}/"))
    assert "A worker has already taken this up" in page


@pytest.mark.parametrize("amount", ["nineteen", "195.005", "NaN", "1e400", "Infinity", "9" * 30])
def test_refuses_an_amount_that_is_none(house: make.House, amount: str) -> None:
    proposal = single(house)
    fields = {"after-0": amount, "why-0": "Hm."}
    refused(lambda: act(house.people.mia, "narrow", proposal, **fields), proposal, "amount_unreadable", 422)


def test_refuses_to_drop_everything_or_nothing(house: make.House) -> None:
    proposal = single(house)
    fields = {"drop-0": "on", "why-0": "No."}
    refused(lambda: act(house.people.mia, "narrow", proposal, **fields), proposal, "nothing_left", 422)
    refused(lambda: act(house.people.mia, "narrow", proposal), proposal, "no_such_item", 422)


def test_refuses_to_narrow_without_a_reason_for_each(house: make.House) -> None:
    proposal = propose(house, house.change(after=19_000), house.change(house.jacket_2, after=19_000))
    refused(lambda: act(house.people.mia, "narrow", proposal, **{"drop-0": "on"}), proposal, "reason_missing", 422)


@pytest.mark.parametrize(
    "name",
    ["approve", "block", "request-changes", "take-back", "narrow", "claim", "release", "snooze", "wake", "comment"],
)
def test_invisible_and_absent_are_the_same_404(house: make.House, name: str) -> None:
    """One event each for an attempt; the two answers do not differ by a byte but for the form's own token."""
    proposal = single(house)
    invisible = refused(lambda: act(house.people.marco, name, proposal, **REASON), proposal, "not_found", 404)
    nothing = Proposal(pk="00000000-0000-7000-8000-000000000000", digest=proposal.digest)
    absent = refused(lambda: act(house.people.marco, name, nothing, **REASON), proposal, "not_found", 404)
    assert _without_tokens(text(invisible)) == _without_tokens(text(absent))


def _without_tokens(page: str) -> list[str]:
    return [line for line in page.splitlines() if "csrf" not in line.lower()]


def test_a_refusal_under_htmx_is_a_panel_of_its_own(house: make.House) -> None:
    proposal = dual(house)
    answer = refused(
        lambda: act(house.people.lena, "approve", proposal, htmx=f"row-{proposal.pk}"),
        proposal,
        "function_missing",
        403,
    )
    assert text(answer).strip().startswith('<div class="refusal"')
    assert "<html" not in text(answer)


@pytest.mark.parametrize(
    "name",
    ["approve", "block", "request-changes", "take-back", "narrow", "claim", "release", "snooze", "comment", "looked"],
)
def test_a_get_never_acts(house: make.House, name: str) -> None:
    proposal = single(house)
    before, events = left(proposal.pk), AuditEvent.objects.count()
    assert see(house.people.mia, f"/reviews/{proposal.pk}/{name}/").status_code == 405
    assert (left(proposal.pk), AuditEvent.objects.count()) == (before, events)


def test_without_the_forms_token_nothing_is_decided(house: make.House) -> None:
    proposal = single(house)
    before, events = left(proposal.pk), AuditEvent.objects.count()
    client = Client(enforce_csrf_checks=True)
    client.force_login(house.people.mia, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post(f"/reviews/{proposal.pk}/approve/", {"digest": proposal.digest})
    assert answer.status_code == 403
    assert (left(proposal.pk), AuditEvent.objects.count()) == (before, events)


def test_a_lost_session_decides_nothing_and_leads_to_the_sign_in(house: make.House) -> None:
    proposal = single(house)
    before, events = left(proposal.pk), AuditEvent.objects.count()
    answer = Client().post(f"/reviews/{proposal.pk}/block/", REASON | {"digest": proposal.digest})
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/login/")
    assert (left(proposal.pk), AuditEvent.objects.count()) == (before, events)
