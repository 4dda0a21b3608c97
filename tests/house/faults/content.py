"""What the product survives: content. Each line with the tests that show it."""

CONTENT: dict[str, tuple[str, ...]] = {
    "a secret or personal data in what an agent writes is kept nowhere": ("api/test_redaction.py::*",),
    "customers and orders pass a connector as opaque references and sums": ("connectors/test_customers.py::*",),
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
}
