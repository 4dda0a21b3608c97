"""What the product survives: swarms. Each line with the tests that show it."""

SWARMS: dict[str, tuple[str, ...]] = {
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
}
