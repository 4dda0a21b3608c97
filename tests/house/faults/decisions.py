"""What the product survives: decisions. Each line with the tests that show it."""

DECISIONS: dict[str, tuple[str, ...]] = {
    "a double click or a resubmission is one decision": (
        "races/test_decisions.py::test_a_double_click_is_one_decision",
    ),
    "approve and block at the same instant have one order": (
        "races/test_decisions.py::test_approve_and_block_at_once_leave_one_order",
        "races/test_decisions.py::test_block_before_approve_tells_the_loser_who_was_first",
    ),
    "two last approvals at once are one approval": (
        "races/test_decisions.py::test_two_last_approvals_at_once_approve_once",
    ),
    "one person through two accounts or roles counts once": (
        "proposals/test_decide.py::test_counts_one_person_with_two_accounts_once",
    ),
    "owner, admin and superuser are refused on own work": (
        "proposals/test_decide.py::test_refuses_the_owner_of_the_agent",
        "proposals/test_decide.py::test_refuses_the_owner_by_a_second_account",
        "proposals/test_decide.py::test_refuses_a_superuser_without_the_right",
        "proposals/test_decide.py::test_refuses_a_person_on_their_own_proposal",
        "reviews/test_bulk.py::test_the_owner_of_the_agent_is_refused_for_each",
        "reviews/test_decisions.py::test_refuses_the_owner_of_the_agent",
    ),
    "the overriding reviewer is refused": (
        "proposals/test_revise.py::test_a_reviewer_who_goes_further_becomes_the_editor",
    ),
    "approvals of version N are inert once N+1 is there": (
        "proposals/test_revise.py::test_approvals_of_an_earlier_version_are_inert",
    ),
    "a stricter policy at execution brings it back, a looser one keeps the tier": (
        "proposals/test_revise.py::test_a_stricter_policy_at_execution_stops_it_and_a_looser_one_keeps_the_tier",
    ),
    "rights lost after approving void the approval": (
        "execution/test_recheck.py::test_rights_lost_since_approving_send_it_back_and_void_the_decision",
    ),
    "evidence that expired in the queue refuses the approval": (
        "proposals/test_decide.py::test_refuses_expired_evidence",
        "execution/test_recheck.py::test_evidence_that_expired_meanwhile_sends_it_back",
    ),
    "a session lost mid-decision decides nothing": (
        "reviews/test_decisions.py::test_a_lost_session_decides_nothing_and_leads_to_the_sign_in",
    ),
    "narrowing an atomic set counts as an edit": (
        "proposals/test_revise.py::test_narrowing_an_atomic_set_counts_as_an_edit",
    ),
    "taking back while the execution claims it is one of the two": (
        "races/test_execution.py::test_taking_back_while_the_worker_queues_it_is_too_late_and_said",
        "races/test_execution.py::test_taking_back_before_the_worker_queues_it_leaves_nothing_to_execute",
    ),
    "two racing for the last of a budget get it once": (
        "runs/test_budgets.py::test_two_racing_for_the_last_of_a_budget_get_it_once",
        "races/test_decisions.py::test_two_submissions_racing_for_the_last_of_an_agents_budget_get_it_once",
        "races/test_decisions.py::test_two_people_racing_for_the_last_of_a_segments_budget_get_it_once",
        "races/test_decisions.py::test_two_people_racing_for_the_last_of_a_skus_budget_get_it_once",
        "races/test_decisions.py::test_two_submissions_on_one_place_see_each_others_reservation",
    ),
    "nobody answers: it escalates, then expires": (
        "proposals/test_sweep.py::test_past_its_deadline_the_escalation_owner_is_told_once",
        "proposals/test_sweep.py::test_what_expires_is_blocked_and_gives_back_what_it_held",
    ),
}
