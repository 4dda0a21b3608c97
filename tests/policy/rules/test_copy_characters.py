import pytest

from tests.policy.cases import codes, copy, facts, found


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Füße, Smörgås, naïve – “ok” 🏔", []),
        ("Ветер and wind", []),
        ("A tab\tand a line\n", []),
        ("in\u202estock", [("hidden_characters", "dual")]),
        ("zero\u200bwidth", [("hidden_characters", "dual")]),
        ("bell\x07", [("hidden_characters", "dual")]),
        ("guаranteed", [("mixed_alphabets", "single")]),
        ("Οutlet", [("mixed_alphabets", "single")]),
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
