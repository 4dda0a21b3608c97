"""What the product survives: reverts. Each line with the tests that show it."""

REVERTS: dict[str, tuple[str, ...]] = {
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
}
