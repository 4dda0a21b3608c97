import pytest

from tests.policy.cases import codes, copy, facts, found

HIDDEN = [("hidden_characters", "dual")]
MIXED = [("mixed_alphabets", "single")]
DISGUISED = [("disguised_word", "dual")]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Füße, Smörgås, naïve – “ok” 🏔", []),
        ("Ветер and wind", []),
        ("A tab\tand a line\n", []),
        ("in\u202estock", HIDDEN),
        ("zero\u200bwidth", HIDDEN),
        ("bell\x07", HIDDEN),
        ("guаranteed", MIXED),
        ("Οutlet", MIXED),
        ("Zwischen\u00adlage", []),
        ("A family 👨\u200d👩\u200d👧 outdoors ❤\ufe0f", []),
        ("join\u200der", HIDDEN),
        ("non\u200cjoiner", HIDDEN),
        ("filler\u3164", HIDDEN),
        ("line\u2028break", HIDDEN),
        ("tag\U000e0041", HIDDEN),
        ("isolate\u2066d\u2069", HIDDEN),
        ("mark\u061c", HIDDEN),
        ("in&#8238;stock", HIDDEN),
        ("in&#x202e;stock", HIDDEN),
        ("Tom &amp; Anna", []),
        ("10 kΩ and 5 μm", []),
        ("guа\u0301ranteed", MIXED),
        ("abcשd", MIXED),
        ("abcعd", MIXED),
        ("Ꭺrmy", MIXED),
        ("есо wool", DISGUISED),
        ("ЕСО", DISGUISED),
        ("ΑΒΕΝ", DISGUISED),
        ("Я and о", []),
    ],
)
def test_copy_reads_as_it_looks(text, wanted):
    assert codes("copy_characters", facts(copy(text))) == wanted


def test_names_the_character():
    (finding,) = found("copy_characters", facts(copy("a\u202eb")))
    assert (finding.params, finding.functions) == ({"character": "U+202E"}, ("legal",))


@pytest.mark.parametrize(("length", "long"), [(9, False), (10, False), (11, True)])
def test_a_long_text_needs_two(length, long):
    wanted = [("copy_long", "dual")] if long else []
    assert codes("copy_characters", facts(copy("x" * length)), dual_over_characters=10) == wanted


def test_what_is_no_text_has_no_characters():
    assert found("copy_characters", facts(copy(None), copy(7, index=1)), dual_over_characters=0) == []


@pytest.mark.parametrize("text", ["guаranteed", "есо wool"])
def test_who_looks_at_letters_that_are_not_what_they_seem_is_the_policys(text):
    (finding,) = found("copy_characters", facts(copy(text)), functions=("finance",))
    assert finding.functions == ("finance",)


def test_the_longest_text_is_the_worst():
    about = facts(*(copy("x" * length, index=index) for index, length in enumerate((11, 13, 12))))
    (finding,) = found("copy_characters", about, dual_over_characters=10)
    assert (finding.worst, finding.value) == (1, 13)
