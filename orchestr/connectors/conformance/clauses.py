"""What each test of the suite holds a connector to: the heading of docs/connectors.md, what is expected, what to do."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clause:
    """`section` is a heading of docs/connectors.md."""

    section: str
    expected: str
    remedy: str

    def __str__(self) -> str:
        return f"Expected (docs/connectors.md, “{self.section}”): {self.expected}\nWhat to do: {self.remedy}"


def _clause(section: str, expected: str, remedy: str) -> Clause:
    return Clause(section, expected, remedy)


CLAUSES = {
    "test_its_kind_is_the_systems": _clause(
        "The parts", "the entry point's name, `kind` and the declaration's kind are one word.",
        "give the class, `declare()` and the entry in pyproject.toml the same name.",
    ),
    "test_it_declares_the_same_twice": _clause(
        "The parts", "a declaration follows from the configuration alone.",
        "take whatever is read from the network, the clock or a counter out of `declare()`.",
    ),
    "test_tools_have_names_of_their_own": _clause(
        "Writing", "scopes name tools, so that each name stands for one tool.", "rename one of the two.",
    ),
    "test_every_writable_field_has_exactly_one_publishing_tool": _clause(
        "Writing", "a writable field has one tool that publishes it, any other field none.",
        "set `writable` to what is true, or add or merge tools in declaration.py.",
    ),
    "test_tools_write_only_declared_fields": _clause(
        "Writing", "what a tool writes is a field that the declaration names.", "add the FieldDeclaration, or correct `writes`.",
    ),
    "test_reading_tools_write_nothing": _clause(
        "Writing", "reading tools have no `writes`, all others have.", "correct `action_class` or `writes` of the tool.",
    ),
    "test_tools_have_schemas_of_objects": _clause(
        "Writing", "agents read a tool's schemas: both describe objects.", "use `schemas.change(…)` and `schemas.WRITTEN`.",
    ),
    "test_a_late_write_is_waited_for": _clause(
        "Writing", "`settle_after` is at least a second: whatever was sent may land a little later.",
        "set it to the longest timeout on a request's way to the system.",
    ),
    "test_secrets_are_not_shown": _clause(
        "Credentials", "no secret is in the repr or the attributes of a session.",
        "keep Credentials, read them where a request is made, and hide them in your own classes' reprs.",
    ),
    "test_a_sweep_ends_and_finds_something": _clause(
        "Reading", "a sweep names everything there is.", "put something into the sandbox, or look at `read_catalogue`.",
    ),
    "test_a_sweep_with_a_date_leaves_out_no_change": _clause(
        "Reading", "without a date a sweep is the whole catalogue.", "honour `updated_since` only where it is given.",
    ),
    "test_each_value_comes_once_in_a_sweep": _clause(
        "Reading", "one field address has one value.", "add what tells the two apart to the address, or refuse one of them.",
    ),
    "test_two_sweeps_name_the_same_resources": _clause(
        "Reading", "what a sweep leaves out is taken for gone, so that two alike name the same.",
        "page by a key that does not move, never by an offset; end with `next_cursor` None.",
    ),
    "test_values_are_of_declared_fields_and_kinds": _clause(
        "Names of types and fields", "values are in wire shape and of a declared field and kind.",
        "use `Money(…).wire()`, whole numbers, texts, or objects without floats.",
    ),
    "test_every_resource_lies_in_a_known_segment": _clause(
        "Reading", "rights hang on segments: each resource names at least one, and a page names each segment.",
        "give what has no category a root, or declare `places=False` if others place your resources.",
    ),
    "test_parents_come_before_their_children": _clause(
        "Reading", "segments come parents first.", "sort them by depth before you hand them out.",
    ),
    "test_live_values_agree_with_the_sweep": _clause(
        "Reading", "`read` and the sweep say the same of the same moment.",
        "make both through one function from the system's answer to values.",
    ),
    "test_live_values_come_in_the_order_asked": _clause(
        "Reading", "answers come in the order asked, one for each target.", "collect by target, then answer in order.",
    ),
    "test_the_business_key_alone_finds_the_value": _clause(
        "Reading", "a target without `ref` is found by its `id`.", "look up by business key where `ref` is empty.",
    ),
    "test_what_does_not_exist_has_no_value": _clause(
        "Reading", "what does not exist reads as None, also at a `ref` that carries another business key by now.",
        "compare the key of what you found with the key that was asked for.",
    ),
    "test_reading_nothing_answers_nothing": _clause(
        "Reading", "no targets, no answers and no request.", "return `()` at once.",
    ),
    "test_a_value_goes_there_and_back": _clause(
        "Writing", "`Accepted` means that the value can be read back.", "say Accepted only when the system said yes.",
    ),
    "test_siblings_are_named_and_left_alone": _clause(
        "Writing", "a write changes one value; `siblings` names what it could disturb, never itself.",
        "write the one field alone, and send neighbouring values back as they were.",
    ),
    "test_a_value_that_moved_is_a_conflict": _clause(
        "Writing", "where the live value is not `before`, nothing is written and the outcome is `Conflict(live)`.",
        "compare the field just before the write; after a refused version read again and compare it again.",
    ),
    "test_a_conflict_is_found_without_a_token_too": _clause(
        "Writing", "`before` is compared whether a token is given or not.", "read the live value and compare.",
    ),
    "test_a_session_for_reading_writes_nothing": _clause(
        "Credentials", "a session opened for another stage than `publish` rejects every write, sending nothing.",
        "look at the stage first in `write`.",
    ),
    "test_the_systems_own_rights_stop_the_reading_credential": _clause(
        "Credentials", "the system itself lets the `read` credential only read, and its refusal is `Rejected`.",
        "give the suite a credential with reading rights alone; turn 401 and 403 into Rejected.",
    ),
    "test_amounts_and_counts_below_nothing_are_refused": _clause(
        "Writing", "what nobody can mean is `Rejected` before anything is sent.", "check the value before you look anything up.",
    ),
    "test_another_currency_is_refused": _clause(
        "Writing", "an amount in another currency than its address is `Rejected`.", "compare the two before anything is sent.",
    ),
    "test_what_cannot_be_written_is_refused": _clause(
        "Writing", "a field that is not declared writable is `Rejected`.", "end `write` with a refusal of everything else.",
    ),
    "test_what_is_created_can_be_removed": _clause(
        "Writing", "`before` None creates, `after` None removes again, and a second creation is a `Conflict`.",
        "declare `delete_created` where that is so, and give the subject one Example for each.",
    ),
    "test_what_is_staged_is_not_live_until_it_is_written": _clause(
        "Staging", "a staged value is seen by `read_staged` alone, until a write with `staged` makes it live.",
        "write it where buyers do not look, or leave `stages` undeclared.",
    ),
    "test_what_is_staged_can_be_taken_back": _clause(
        "Staging", "`stage` compares what is staged with `before`, and puts it back like any other value.",
        "read the staged value just before, and answer `Conflict` where it is another.",
    ),
    "test_nothing_goes_live_that_we_have_not_staged": _clause(
        "Staging", "a write with `staged` finds `after` staged, or is `Rejected`.",
        "compare the staged value with `after` before you make it live.",
    ),
    "test_a_connector_that_stages_nothing_says_so": _clause(
        "Staging", "without `stages` on a tool, and for a session opened to read, staging is `Rejected`.",
        "leave `stage` and `read_staged` as the base class has them, or look at the stage first.",
    ),
    "test_a_system_that_is_down_was_sent_nothing": _clause(
        "Writing", "a refused connection is `NotSent`: nothing left this machine.", "turn `NeverSent` into NotSent.",
    ),
    "test_reading_a_system_that_is_down_is_transient": _clause(
        "Reading", "a read of a system that is down raises `SystemUnavailable`.",
        "turn NeverSent, AnswerLost, 429 and 5xx of reads into it.",
    ),
    "test_a_lost_answer_is_never_taken_for_an_outcome": _clause(
        "Writing", "a write whose answer was lost is `Ambiguous`; `NotSent` only where certainly nothing was done.",
        "turn `AnswerLost` of the writing request into Ambiguous, and never send it again by yourself.",
    ),
    "test_sales_are_sums_of_known_variants": _clause(
        "The parts", "sales are units and net revenue of variants of the catalogue, within what was asked.",
        "leave the capability undeclared until it is so.",
    ),
    "test_orders_affected_hold_the_variant": _clause(
        "The parts", "orders are named by their public code and lie within what was asked.",
        "leave the capability undeclared until it is so.",
    ),
    "test_pictures_come_from_the_system_alone": _clause(
        "The parts", "`image` answers for the system's own addresses alone.", "refuse any other address unasked.",
    ),
    "test_an_unsigned_delivery_is_refused": _clause(
        "Credentials", "a delivery that is not signed raises `WebhookRefused`.",
        "check the signature before you read the body; without webhooks refuse every delivery.",
    ),
}  # fmt: skip
