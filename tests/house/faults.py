"""What the product survives, in a line each, and the tests that show it. `tests/house/test_faults.py` holds it."""

FAULTS: dict[str, dict[str, tuple[str, ...]]] = {
    "decisions": {
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
    },
    "execution": {
        "a worker killed while it stages, goes live or takes back leaves one effect, and nothing staged of a failed set": (
            "faults/test_killed_while_staging.py::test_a_worker_killed_while_it_stages_and_goes_live_leaves_one_effect_each",
            "faults/test_killed_while_staging.py::test_a_worker_killed_while_it_takes_staged_values_back_leaves_nothing_staged_and_nothing_live",
        ),
        "two who contain at once freeze once, in whatever order they name what to freeze": (
            "races/test_containment.py::test_of_two_who_contain_one_workflow_at_once_the_first_freezes_and_both_put_back",
            "races/test_containment.py::test_two_who_freeze_the_same_things_named_in_another_order_wait_for_each_other_once",
        ),
        "a revert whose plan has moved writes nothing": (
            "execution/reverting/test_moved.py::test_what_somebody_else_put_back_meanwhile_is_not_put_back_once_more",
            "execution/reverting/test_moved.py::test_a_plan_read_while_it_was_written_is_refused_once_that_has_ended",
        ),
        "two workers play each act of a drill once, and none after its end": (
            "races/test_drills.py::test_of_two_workers_who_play_an_act_at_once_one_plays_it",
            "races/test_drills.py::test_an_act_that_waited_for_the_end_is_not_played",
            "races/test_drills.py::test_a_drill_that_is_ended_while_it_is_scored_ends_once",
            "races/test_drills.py::test_two_workflows_do_not_share_a_sandbox_at_once",
        ),
        "what cannot be staged leaves the live shop untouched": (
            "execution/staging/test_staging.py::test_what_cannot_be_staged_leaves_the_live_shop_untouched_and_takes_the_others_back",
            "execution/staging/test_staging.py::test_a_containment_between_staging_and_going_live_takes_all_of_it_back",
        ),
        "a worker killed at any moment of a rollout goes on, or puts back, with one effect each": (
            "faults/test_killed_at_every_point.py::test_a_worker_killed_at_any_moment_of_a_rollout_that_goes_on_leaves_one_effect_each",
            "faults/test_killed_at_every_point.py::test_a_worker_killed_at_any_moment_of_a_rollout_whose_guard_breaks_puts_back_what_went_out",
        ),
        "a first share that does harm is put back by its guard, one that says too little is for a person": (
            "execution/rollout/test_rollout.py::test_a_broken_guard_puts_it_back_before_the_time_is_over_and_names_itself_as_authority",
            "execution/rollout/test_rollout.py::test_too_few_numbers_ask_a_person_once_and_write_nothing",
            "execution/rollout/test_rollout.py::test_what_cannot_be_put_back_by_itself_waits_for_a_person_and_then_says_published",
        ),
        "one goes on and one puts back at the same instant": (
            "races/test_rollouts.py::test_one_goes_on_and_one_puts_back_at_once_and_the_first_counts",
            "races/test_rollouts.py::test_one_goes_on_and_one_contains_at_once_and_nothing_is_left_asking",
        ),
        "a first share that is contained or put back asks nobody any more": (
            "execution/rollout/test_asking.py"
            "::test_containing_or_putting_back_all_of_it_is_the_answer_and_nothing_asks_any_more",
            "execution/rollout/test_asking.py::test_a_hold_that_is_stopped_is_not_looked_at_any_more",
        ),
        "a person goes on while a worker has the execution in its hands": (
            "execution/rollout/test_by_person.py::test_a_worker_that_had_it_in_its_hands_when_a_person_said_so_gives_it_back_due",
            "execution/rollout/test_by_person.py::test_what_a_person_says_while_the_guard_reads_counts_and_the_guard_does_nothing",
        ),
        "kill -9 between intent, write, read-back and commit leaves one effect": (
            "faults/test_killed_at_every_point.py::test_a_worker_killed_at_any_moment_of_an_apply_leaves_one_effect",
            "faults/test_killed_at_every_point.py::test_a_worker_killed_at_any_moment_of_a_revert_leaves_one_effect",
            "faults/test_killed_at_every_point.py::test_a_worker_killed_at_any_moment_of_a_compensation_leaves_one_effect",
            "faults/test_killed_at_every_point.py::test_a_worker_killed_while_it_settles_what_is_not_certain_leaves_one_effect",
            "faults/test_killed_at_every_point.py::test_every_failpoint_is_passed_by_some_scenario",
            "faults/test_histories.py::test_ten_thousand_random_histories_end_with_the_invariants_intact",
            "faults/test_histories.py::test_five_hundred_more_that_go_out_in_shares_or_are_staged_end_with_them_intact",
            "faults/test_killed_in_a_wave.py::*",
            "faults/test_killed_workers.py::test_a_worker_killed_while_it_applies_leaves_one_effect",
            "faults/test_killed_workers.py::test_a_worker_killed_while_it_reverts_leaves_one_effect",
            "faults/test_killed_workers.py::test_a_worker_killed_while_it_compensates_leaves_one_effect",
        ),
        "a time-out whose write lands later is unknown, then found": (
            "faults/test_lost_answers.py::test_a_write_that_lands_after_we_stopped_waiting_is_unknown_and_then_found",
            "faults/test_lost_answers.py::test_an_answer_lost_after_the_write_is_settled_by_looking",
            "faults/test_lost_answers.py::test_a_landing_later_than_its_own_revert_changes_nothing",
            "execution/test_apply.py::test_a_write_that_got_lost_is_sent_again_only_after_it_could_no_longer_land",
            "execution/test_drift.py::test_a_write_that_landed_after_a_person_had_given_it_up_is_found_as_late",
            "execution/test_drift.py::test_our_own_write_landing_after_it_was_put_back_is_late_not_foreign",
            "execution/test_real_systems.py::test_a_vendure_frozen_in_the_middle_of_a_write_is_unknown_and_then_found",
            "execution/test_real_systems.py::test_a_tryton_frozen_while_it_posts_is_unknown_and_then_found_once",
        ),
        "the database is restarted in the middle": (
            "faults/test_messages.py::test_the_database_restarted_in_the_middle_loses_nothing",
            "faults/test_lost_connections.py::test_a_worker_that_loses_the_database_at_any_commit_leaves_one_effect",
            "faults/test_lost_connections.py::test_a_decision_whose_commit_is_lost_was_made_once_or_not_at_all",
            "faults/test_lost_connections.py::test_a_real_worker_outlives_everything_that_may_happen_to_its_line_to_the_database",
            "faults/test_chaos.py::test_chaos_ends_with_the_invariants_intact",
        ),
        "the broker is flushed or down": (
            "faults/test_messages.py::test_a_flushed_broker_loses_nothing",
            "faults/test_messages.py::test_decisions_are_accepted_while_the_broker_is_down_and_carried_out_once_it_is_back",
            "faults/test_broker.py::test_a_page_accepts_decisions_while_the_broker_is_down_and_the_sweep_carries_them_out",
            "faults/test_broker.py::test_a_broker_that_forgot_approved_work_delays_it_and_no_more",
            "faults/test_lost_connections.py::test_a_real_worker_outlives_everything_that_may_happen_to_its_line_to_the_broker",
        ),
        "duplicate delivery and two workers have one effect": (
            "faults/test_messages.py::test_many_deliveries_to_two_workers_have_one_effect_each",
            "races/test_execution.py::test_two_workers_do_not_claim_one_execution",
            "races/test_execution.py::test_a_worker_whose_lease_ran_out_records_nothing_more",
            "races/test_execution.py::test_whatever_a_worker_says_after_somebody_took_over_is_not_recorded",
        ),
        "a value changed in between is a conflict": (
            "faults/test_lost_answers.py::test_a_value_changed_by_another_hand_is_a_conflict_and_stays",
            "execution/test_real_systems.py::test_a_price_edited_by_a_second_login_after_the_approval_is_a_conflict_and_stays",
            "execution/test_real_systems.py::test_a_token_that_went_stale_on_the_way_is_refused_by_tryton_and_nothing_is_overwritten",
        ),
        "the k-th of n fails, over two systems, for every k": (
            "execution/test_compensation.py::test_when_one_of_three_fails_the_written_ones_are_put_back_in_reverse",
            "execution/test_compensation.py::test_over_two_systems_whichever_fails_each_puts_back_its_own",
            "execution/test_compensation.py::test_a_compensation_over_which_somebody_wrote_needs_a_person_with_the_exact_list",
            "faults/test_lost_answers.py::test_k_of_n_failing_in_the_shop_puts_the_others_back",
            "execution/test_over_systems.py::test_whichever_item_fails_so_the_set_is_whole_or_put_back_in_reverse",
            "execution/test_over_systems.py::test_item_by_item_only_the_one_that_failed_stays_as_it_was",
            "execution/test_over_systems.py::test_what_cannot_be_put_back_goes_to_the_rollback_owner_with_the_exact_items",
            "execution/test_real_systems.py::test_a_price_in_vendure_and_a_count_in_tryton_stand_or_fall_together",
            "reviews/test_stuck.py::test_a_stuck_compensation_names_its_owner_what_failed_and_what_each_button_does",
        ),
        "429, slow and down back off, and only that system's breaker opens": (
            "faults/test_lost_answers.py::test_too_many_requests_backs_off_and_opens_the_breaker_of_that_system",
            "faults/test_lost_answers.py::test_a_shop_that_is_down_is_waited_for",
            "execution/test_real_systems.py::test_a_vendure_that_limits_us_is_left_alone_for_as_long_as_it_asked",
            "execution/test_breakers.py::test_other_systems_go_on",
            "execution/test_breakers.py::test_one_worker_probes_by_reading_and_an_answer_lets_all_go_on",
            "execution/test_breakers.py::test_while_somebody_probes_nobody_else_calls",
            "races/test_breakers.py::test_of_two_workers_that_would_try_a_system_one_reads_and_the_other_waits",
        ),
        "200 with the old value is not published until seen": (
            "faults/test_lost_answers.py::test_a_yes_with_the_old_value_is_not_published_until_the_new_one_is_seen",
        ),
        "a large set is one effect an item, in parts, under freezes and with a worker that dies or is slow": (
            "execution/test_large_sets.py::*",
        ),
        "what is staged and refused to be taken back is for a person": ("execution/staging/test_not_taken_back.py::*",),
        "a first share that asks calls one person, then the next": (
            "execution/rollout/test_asking.py::test_the_rollback_owner_is_called_and_then_whoever_is_on_call",
            "execution/rollout/test_asking.py::test_what_somebody_does_is_the_answer",
        ),
        "what lies beside a write is compared after a worker died, too": (
            "execution/test_beside.py::test_whoever_settles_it_after_a_worker_died_compares_what_lies_beside_it",
        ),
        "what waits for a person calls one, then the next": ("paging/test_needs_person.py::*",),
        "a freeze with many in flight stops new writes, and thawing needs two": (
            "faults/test_frozen_in_flight.py::test_a_freeze_stops_new_writes_at_once_and_two_people_let_them_go_on",
        ),
        "freeze and intent at the same instant have one order": (
            "races/test_execution.py::test_a_freeze_waits_for_the_intent_before_it_and_stops_the_one_after",
            "races/test_execution.py::test_an_intent_waits_for_the_freeze_before_it_and_is_held",
        ),
    },
    "reverts": {
        "changed since: a choice per item, keep by default": (
            "execution/test_revert.py::test_a_value_changed_since_is_kept_unless_somebody_says_otherwise",
            "reviews/test_revert.py::test_what_somebody_else_changed_is_kept_unless_chosen_otherwise",
        ),
        "somebody else's change since is never overwritten unasked, in any history": (
            "execution/reverting/test_histories.py::*",
            "execution/reverting/test_chain.py::*",
            "execution/reverting/test_selections.py::test_where_the_one_write_conflicts_all_that_ride_on_it_say_so",
        ),
        "a later approved change is kept, and ours is taken out from under it": (
            "execution/reverting/test_selections.py::test_a_rebase_keeps_the_later_share_and_takes_ours_out",
            "execution/reverting/test_rebase.py::*",
        ),
        "a worker killed while it reverts several proposals on one value writes once": ("faults/test_reverts.py::*",),
        "a revert of a revert is a new proposal that others decide on": (
            "reviews/test_revert_many.py::test_a_revert_of_a_revert_is_a_new_proposal_that_others_decide_on",
            "reviews/test_revert_many.py::test_proposing_again_is_refused_and_nothing_happens",
        ),
        "two reverts at once are one": (
            "races/test_execution.py::test_two_reverts_at_once_are_one",
            "races/test_execution.py::test_of_two_reverts_whose_selections_overlap_one_is_done_and_the_other_is_told",
        ),
        "a revert while executing stops it, then puts back": (
            "races/test_execution.py::test_a_revert_while_it_is_being_executed_stops_it_and_puts_back_what_landed",
            "races/test_execution.py::test_a_revert_and_the_next_intent_have_one_order",
            "execution/reverting/test_while_executing.py::*",
        ),
        "a revert that breaks a floor is on-call's containment, flagged and reviewed": (
            "execution/test_revert.py::test_a_revert_that_breaks_a_floor_is_flagged_and_refused_to_a_person_alone",
            "execution/test_revert.py::test_on_call_may_break_a_floor_as_containment_which_is_flagged_for_review",
            "execution/reverting/test_selections.py::test_a_plan_over_many_flags_each_floor_and_a_person_alone_is_refused",
        ),
        "what is irreversible was said before approval": ("reviews/test_irreversible.py::*",),
        "a large set that is put back begins at its end, and what was only intended is never sent": (
            "execution/test_large_sets.py::test_its_revert_in_parts_begins_at_the_end_and_puts_all_of_it_back",
            "execution/test_large_sets.py::test_what_was_intended_ahead_when_a_revert_stops_the_set_is_never_sent",
        ),
        "what is reverted is final": ("execution/test_revert.py::test_refuses_to_revert_what_is_reverted",),
    },
    "identity and scope": {
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
    },
    "content": {
        "a secret or personal data in what an agent writes is kept nowhere": ("api/test_redaction.py::*",),
        "hostile text in every field an agent writes": (
            "reviews/test_hostile.py::test_words_of_an_agent_are_shown_only_in_a_marked_box_on_every_page",
            "reviews/test_hostile.py::test_the_policy_of_every_page_allows_nothing_unsafe",
        ),
        "text that plays a person or a button": (
            "reviews/test_hostile.py::test_an_agents_words_stand_in_no_part_that_holds_a_button",
        ),
        "formulas in exports": ("audit/test_cells.py::*",),
        "an address, a method, a kind of body that the agents' door does not take": ("api/test_elsewhere.py::*",),
        "large, deep and non-strict bodies, wrong money": (
            "api/test_refusals.py::test_refuses_a_body_that_is_not_what_it_should_be",
            "api/test_refusals.py::test_refuses_more_than_a_thousand_changes",
            "api/test_refusals.py::test_refuses_an_amount_that_is_none",
        ),
        "a GET acts on nothing": (
            "reviews/test_decisions.py::test_a_get_never_acts",
            "paging/test_deliver.py::test_a_scanner_that_follows_the_link_presses_nothing",
        ),
        "an address that people give leads nowhere inside": (
            "connectors/test_setup.py::test_a_connection_that_ends_where_it_may_not_is_closed_before_a_byte_is_sent",
            "execution/test_systems.py::test_refuses_what_cannot_be_so",
            "reviews/admin/test_systems.py::test_a_name_that_leads_inside_is_found_when_it_is_tried",
            "rota/test_feed.py::test_refuses_an_address_that_leads_inside",
            "rota/test_feed.py::test_a_name_that_leads_inside_is_not_asked_and_says_so_once",
            "paging/test_deliver.py::test_an_address_inside_is_not_asked_unless_it_is_listed",
        ),
        "characters nobody sees": ("reviews/test_hostile.py::test_copy_with_characters_nobody_sees_is_refused_once",),
    },
    "audit": {
        "a row edited by a superuser is named": (
            "audit/test_verify_audit.py::*",
            "audit/test_doctored_log.py::*",
            "audit/doctored/test_database.py::*",
        ),
        "an event or the end deleted, the end rewritten and sealed anew, is named": (
            "audit/test_doctored_log.py::test_an_event_deleted_in_the_middle_is_named",
            "audit/test_doctored_log.py::test_a_tail_cut_off_is_named_by_the_checkpoints_that_were_left",
            "audit/test_doctored_log.py::test_a_tail_cut_off_without_a_trace_is_seen_by_pins_alone",
            "audit/test_doctored_log.py"
            "::test_a_tail_rewritten_and_sealed_anew_with_the_same_key_is_named_by_the_first_pin_that_differs",
        ),
        "an old backup raises an alarm": (
            "audit/test_doctored_log.py::test_a_tail_cut_off_without_a_trace_is_seen_by_pins_alone",
            "audit/test_log_pages.py::test_an_alarm_stands_on_the_audit_page_on_calls_board_and_in_readyz",
        ),
        "a killed sealer leaves no gap and nothing twice": ("faults/test_killed_sealer.py::*",),
        "a doctored bundle, proof or note is refused": (
            "audit/test_bundles.py::*",
            "audit/doctored/test_mutants.py::*",
            "audit/doctored/test_said.py::*",
            "audit/test_notes.py::*",
            "audit/test_proofs.py::*",
        ),
        "the app role cannot rewrite": ("audit/test_append_only.py::*",),
        "raw SQL, update() and bulk_create around the operations are named": (
            "reconciling/test_unexplained.py::test_update_bulk_create_and_raw_sql_around_the_operations_are_named",
            "reconciling/test_unexplained.py"
            "::test_a_change_in_the_transaction_of_somebody_who_began_long_ago_is_found_late",
            "discrepancies/test_acknowledge.py::test_another_change_of_an_acknowledged_row_alarms_again",
            "reconciling/random/test_random_operations.py"
            "::test_twelve_thousand_random_operations_leave_no_fact_without_its_event",
            "audit/rows/test_watch.py::test_a_superuser_is_seen_also_where_ordinary_triggers_are_switched_off",
        ),
        "a canary secret appears in no log, page, export, dump or message": ("faults/test_canary.py::*",),
        "one person with the settings or the clock makes no reason or name go before its time": (
            "keeping/test_hostile.py::*",
        ),
        "a person's data is erased and the log verifies": (
            "keeping/test_erase.py::test_nothing_names_an_erased_person_in_any_table_and_the_log_verifies",
            "keeping/test_retention.py::test_texts_are_emptied_after_the_period_and_states_digests_and_events_stay",
        ),
        "a failing record fails the fact": ("audit/test_record.py::*",),
    },
    "swarms": {
        "near-duplicate events make one run with a counter, and the owner of a storm is told": (
            "runs/test_budgets.py::test_ten_starting_for_one_event_make_one_run",
            "api/test_events.py::test_an_event_that_a_workflow_waits_for_queues_a_run_for_its_agent",
            "api/test_events.py::test_near_duplicates_are_one_run_which_its_agent_gets_with_the_last_value",
            "triggers/test_dispatch.py::test_the_first_starts_and_the_others_are_counted_into_its_run_with_the_last_value",
            "triggers/test_dispatch.py::test_a_storm_pauses_the_trigger_tells_its_owner_once_and_is_still_counted",
            "runs/test_senders.py::test_ten_thousand_near_duplicates_of_two_agents_are_one_run_each",
            "races/test_senders.py::*",
        ),
        "A raises the price, B clears the stock, C pauses the promotion: held together for people": (
            "proposals/arbitration/test_gather.py::*",
            "proposals/arbitration/test_choose.py::*",
            "reviews/arbitration/test_pages.py::test_all_three_stand_side_by_side_with_who_answers",
            "policy/rules/test_contested.py::*",
        ),
        "two people choose in one arbitration at once: one choice, and the other is told": (
            "races/test_arbitration.py::*",
        ),
        "two events at once on one key make one run": ("races/test_triggers.py::*",),
        "killed between an event and its run, the next tick finds it": ("faults/test_killed_dispatch.py::*",),
        "a frozen workflow's triggers only record": (
            "triggers/test_dispatch.py::test_a_frozen_workflow_only_records",
            "triggers/test_schedules.py::test_of_a_frozen_workflow_the_time_is_only_recorded",
        ),
        "agents that answer each other's changes end at a depth": (
            "triggers/test_changes.py::test_agents_that_answer_each_others_changes_end_at_the_depth_cap",
            "proposals/arbitration/test_cool_down.py::*",
            "policy/rules/test_cool_down.py::*",
        ),
        "daylight saving and leap days on schedules": ("triggers/test_cron.py::*",),
        "a noisy agent is stopped by its budget and told": (
            "runs/test_budgets.py::test_the_last_run_of_the_day_starts_and_the_next_is_told_when",
            "api/test_events.py::test_a_spent_budget_caps_the_event",
        ),
        "a chain of runs ends at its depth": ("runs/test_start.py::test_a_chain_of_runs_ends_at_its_depth",),
        "five hundred long polls on a pool of ten": (
            "api/test_polls.py::test_five_hundred_polls_hold_no_connection_and_one_decision_answers_them_all",
        ),
        "a field that goes back and forth freezes what writes it": (
            "execution/behaviour/test_watch.py::test_a_price_that_goes_back_and_forth_freezes_its_workflow",
            "execution/behaviour/test_watch.py::test_two_workflows_swinging_one_price_freeze_its_segment",
            "execution/behaviour/test_narrowing.py::test_those_that_swung_one_price_go_one_down_and_a_bystander_stays",
        ),
        "many agents on one item freeze its segment": (
            "execution/behaviour/test_watch.py::test_many_agents_on_one_sku_freeze_its_segment",
        ),
        "too many errors, conflicts or reverts freeze the workflow or agent, once for one thing": (
            "execution/behaviour/test_watch.py::test_too_many_errors_freeze_the_workflow_and_say_why",
            "execution/behaviour/test_watch.py::test_conflicts_are_counted_by_themselves",
            "execution/behaviour/test_watch.py::test_many_proposals_put_back_by_people_freeze_the_workflow",
            "execution/behaviour/test_watch.py::test_it_trips_once_for_one_thing_and_not_again_after_the_thaw",
            "races/test_paging.py::test_a_breaker_that_meets_a_person_who_freezes_first_leaves_it_to_them",
            "races/test_breakers.py::test_of_two_workers_that_count_at_once_one_trips",
        ),
        "a worker of the old release beside the new one is refused what it does not know": (
            "execution/rollout/test_asking.py::test_the_database_refuses_a_worker_that_knows_no_rollouts",
            "execution/rollout/test_asking.py::test_the_rest_of_a_first_share_that_is_being_written_is_refused_as_well",
        ),
        "daylight saving and leap days on the rota": (
            "rota/test_local.py::test_a_time_that_the_clocks_skip_is_refused",
            "rota/test_shifts.py::test_the_night_of_the_change_is_an_hour_shorter_and_leaves_no_gap",
            "rota/test_shifts.py::test_a_daily_shift_covers_the_leap_day",
            "rota/test_feed.py::test_a_weekly_entry_keeps_its_hours_over_the_change_of_the_clocks",
        ),
        "forty steps of minus two per cent": (
            "policy/test_properties.py::*",
            "policy/test_splitting.py::test_forty_steps_of_two_per_cent_meet_the_budget_of_the_sku_on_the_way",
            "policy/rules/test_price_window.py::test_a_week_is_measured_from_where_it_began",
            "policy/rules/test_price_day.py::test_small_steps_add_up",
        ),
        "daylight saving and leap days on windows": (
            "execution/test_windows.py::*",
            "execution/test_calendar.py::test_outside_its_windows_it_waits_and_goes_out_once_they_open",
        ),
        "clocks that do not agree": (
            "execution/test_clock_skew.py::*",
            "client/test_pushes.py::test_it_is_believed_for_five_minutes_either_way",
            "runs/test_evidence.py::test_a_claim_that_cannot_be_held_leaves_nothing",
        ),
        "four ways to build an agent hear of approval, of a block with its reason and of a spent budget": (
            "client/adapters/test_four_by_three.py::*",
        ),
    },
    "autonomy": {
        "in shadow nothing goes out, and a yes is refused": (
            "proposals/test_autonomy.py::test_refuses_a_yes_while_the_workflow_is_in_shadow",
            "proposals/test_autonomy.py::test_a_narrower_stage_counts_again_before_the_first_write",
        ),
        "in the canary a drawn share goes out, however it is sent": (
            "proposals/test_autonomy.py::test_in_the_canary_the_share_goes_on_and_the_rest_stays_back_on_record",
            "proposals/test_autonomy.py::test_what_an_agent_sends_together_changes_nothing_about_what_goes_on",
            "proposals/test_autonomy.py::test_a_set_that_has_to_stay_whole_goes_on_whole_or_not_at_all",
            "workflows/test_share.py::*",
        ),
        "below trusted a person is asked, whatever the rules say": (
            "proposals/test_autonomy.py"
            "::test_below_trusted_a_person_is_asked_even_where_policy_has_no_rule_about_stages",
            "proposals/test_autonomy.py::test_what_went_out_unattended_waits_for_a_person_once_the_stage_is_narrower",
        ),
        "wider takes two people and a preflight, narrower is at once": (
            "readiness/test_preflight.py::*",
            "workflows/test_widens.py::*",
            "reviews/admin/test_workflows.py::*",
        ),
        "a breaker takes those behind it one stage down, and a thaw gives nothing back": (
            "execution/behaviour/test_narrowing.py::*",
        ),
        "a step or a feed that fails holds, narrows or raises the tier": (
            "proposals/test_autonomy.py::test_a_fallback_of_its_run_holds_back_narrows_or_asks_for_one_more",
            "proposals/test_autonomy.py::test_a_system_that_does_not_answer_puts_the_workflows_fallback_in_force",
            "runs/test_following.py::*",
        ),
    },
}
