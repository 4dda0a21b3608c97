import pytest

from orchestr.policy.rules.copy_forbidden import is_forbidding
from tests.policy.cases import codes, copy, facts, found


@pytest.mark.parametrize(
    ("text", "channel", "hit"),
    [
        ("Warm ™ wool", "marketplace", "U+2122"),
        ("Warm ™ wool", "web-de", None),
        ("Warm &trade; wool", "marketplace", "U+2122"),
        ("Warm {wool}", "marketplace", "U+007B"),
        ("Sunny ☀", "marketplace", "U+2600"),
        ("Peak 🏔", "marketplace", "U+1F3D4"),
        ("Peak 🏔", "web-de", None),
        ("Broken \ufffd text", "web-de", "U+FFFD"),
        ("Private \ue000 use", "web-de", "U+E000"),
        ("Warm ™ wool", "", "U+2122"),
        ("Füße – “ok”", "marketplace", None),
    ],
)
def test_a_character_the_channel_does_not_take_is_found(text, channel, hit):
    judged = found("copy_forbidden", facts(copy(text, channel=channel)))
    assert [(one.code, one.effect, one.value) for one in judged] == (
        [("character_forbidden", "single", hit)] if hit else []
    )


@pytest.mark.parametrize(
    ("character", "inside"), [("\u25ff", False), ("\u2600", True), ("\u27bf", True), ("\u27c0", False)]
)
def test_a_range_is_found_to_the_character(character, inside):
    wanted = [("character_forbidden", "single")] if inside else []
    assert codes("copy_forbidden", facts(copy(character)), characters=("web-de:U+2600-U+27BF",)) == wanted


def test_signs_of_patterns_are_only_signs():
    about = facts(copy("a-b ]^\\"))
    for sign in "-]^\\":
        assert codes("copy_forbidden", about, characters=(f"*:{sign}",)) == [("character_forbidden", "single")]
    assert codes("copy_forbidden", facts(copy("abc")), characters=("*:-", "*:]", "*:^", "*:\\")) == []


def test_no_characters_or_no_text_is_no_finding():
    assert found("copy_forbidden", facts(copy("™")), characters=()) == []
    assert found("copy_forbidden", facts(copy(None))) == []


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("*:™", True),
        ("web-de::", True),
        ("web-de:U+2122", True),
        ("web-de:U+2122-U+2123", True),
        ("web-de:U+2123-U+2122", False),
        ("web-de:U+10FFFF", True),
        ("web-de:U+110000", False),
        ("web-de:ab", False),
        ("web-de:", False),
        (":x", False),
        ("™", False),
    ],
)
def test_knows_what_may_be_forbidden(text, good):
    assert is_forbidding(text) is good


@pytest.mark.parametrize(("channel", "named"), [("marketplace", "marketplace"), ("", "*")])
def test_names_the_channel_and_who_decides(channel, named):
    (finding,) = found("copy_forbidden", facts(copy("™", channel=channel)), functions=("legal",))
    assert (finding.params, finding.functions) == ({"channel": named}, ("legal",))
