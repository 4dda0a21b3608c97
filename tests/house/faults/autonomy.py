"""What the product survives: autonomy. Each line with the tests that show it."""

AUTONOMY: dict[str, tuple[str, ...]] = {
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
        "proposals/test_autonomy.py::test_below_trusted_a_person_is_asked_even_where_policy_has_no_rule_about_stages",
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
}
