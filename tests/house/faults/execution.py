"""What the product survives: execution. Each line with the tests that show it."""

EXECUTION: dict[str, tuple[str, ...]] = {
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
}
