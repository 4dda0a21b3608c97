"""What the product survives: audit. Each line with the tests that show it."""

AUDIT: dict[str, tuple[str, ...]] = {
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
}
