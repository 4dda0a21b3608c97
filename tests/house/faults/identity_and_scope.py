"""What the product survives: identity and scope. Each line with the tests that show it."""

IDENTITY_AND_SCOPE: dict[str, tuple[str, ...]] = {
    "every address by every role": (
        "house/test_urls.py::test_every_page_has_a_gate_and_an_entry",
        "house/test_urls.py::test_who_may_not_pass_sees_what_is_not_there",
    ),
    "absent and forbidden look the same": (
        "proposals/test_decide.py::test_absent_and_invisible_look_the_same",
        "reviews/test_proposal.py::test_invisible_and_absent_pages_are_the_same_404",
        "api/test_refusals.py::test_another_agents_run_is_as_absent_as_none",
    ),
    "rights taken away count at once": ("reviews/test_queue.py::test_rights_taken_away_empty_it_at_once",),
    "grants changed, a group removed, a segment moved: list and detail agree": (
        "reviews/test_grants_change.py::*",
        "reviews/test_hidden_segments.py::*",
    ),
    "a socket for a queue one may not see, rights lost while connected, a foreign origin": (
        "reviews/test_live.py::test_who_may_not_see_it_hears_nothing",
        "reviews/test_live.py::test_a_right_lost_while_connected_is_lost_at_once",
        "reviews/test_live.py::test_refuses_a_foreign_origin",
        "reviews/test_live.py::test_refuses_who_is_not_signed_in",
    ),
    "a stolen token is bound to scope, workflow and end": (
        "api/test_refusals.py::test_refuses_what_no_scope_covers",
        "api/test_refusals.py::test_another_agents_run_is_as_absent_as_none",
        "agents/test_rotation.py::test_without_an_overlap_the_old_one_ends_at_once",
        "api/test_polls.py::test_nothing_is_looked_at_for_a_token_that_ended_while_it_waited",
        "execution/test_reach.py::*",
    ),
    "a test token, and whatever follows from it, writes only to sandboxes": (
        "execution/test_sandboxed.py::*",
        "api/test_test_tokens.py::*",
    ),
    "a push that Orchestr did not sign is believed by no client": ("client/test_pushes.py::*",),
    "login CSRF, open redirect, clickjacking": ("reviews/test_foreign_pages.py::*",),
    "a revoked token opens nothing on the next request": (
        "api/test_refusals.py::test_refuses_a_revoked_token_on_the_next_request",
    ),
    "a token is held to a rate, by all processes together": (
        "agents/test_rate.py::test_over_its_limit_an_agent_is_told_when_to_go_on",
        "agents/test_rate.py::test_of_many_at_once_as_many_pass_as_may_and_one_is_on_record",
    ),
    "a stolen and revoked token opens no operation": (
        "api/fuzz/test_document.py::test_a_token_that_was_stolen_and_revoked_opens_nothing",
    ),
    "a token can never decide": ("api/test_refusals.py::test_a_token_opens_no_page",),
    "a replayed webhook or request does nothing twice": (
        "api/test_hooks.py::test_a_signed_delivery_queues_a_run_once",
        "api/test_hooks.py::test_refuses_what_nobody_vouches_for",
        "api/test_main_job.py::test_the_same_key_and_body_get_the_stored_answer",
    ),
    "a form without its token decides nothing": (
        "reviews/test_decisions.py::test_without_the_forms_token_nothing_is_decided",
    ),
    "a system is put in use, or led elsewhere, by two people alone": (
        "execution/test_systems.py::test_only_a_second_person_puts_it_in_use_and_then_its_tools_are_there",
        "execution/test_systems.py::test_another_address_of_one_in_use_takes_two_people_and_everything_is_read_anew",
        "execution/test_systems.py::test_refuses_a_key_that_names_anothers_credentials",
    ),
    "an admin widening a scope or a rule to pass own work needs others": (
        "reviews/admin/test_scopes.py::test_a_scope_from_nothing_is_in_force_once_a_second_admin_confirms",
        "rulebook/test_publish.py::test_refuses_to_loosen_alone",
        "rulebook/test_publish.py::test_refuses_who_would_pass_their_own_proposal",
        "rulebook/test_publish.py::test_refuses_a_person_who_proposed",
        "rulebook/test_publish.py::test_refuses_who_would_pass_what_policy_has_refused_them",
        "rulebook/test_publish.py::test_refuses_who_withdraws_only_to_propose_it_again_under_a_looser_policy",
        "rulebook/test_publish.py::test_what_ended_unpublished_counts_for_seven_days",
        "reviews/admin/test_policy_drafts.py::test_refuses_who_would_pass_their_own_proposal",
        "commitments/test_commit.py::test_nobody_lifts_the_lock_that_holds_their_own_work",
    ),
    "a process without the publish credential writes nothing": (
        "execution/test_apply.py::test_a_process_without_the_publish_credential_writes_nothing",
    ),
}
