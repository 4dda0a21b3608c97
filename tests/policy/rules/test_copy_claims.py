import pytest

from tests.policy.cases import codes, copy, facts, found

HARMLESS = (
    "Cut for long days on the hill and short ones in town.",
    "Merino wool, 200 g, flatlock seams. Two hand pockets.",
    "Geschnitten für lange Tage am Berg und kurze in der Stadt.",
    "Outer fabric: recycled polyester. Cotton canvas straps.",
    "Secured by a drawcord; procured in Porto.",
    "The eighth colour, a record in green.",
)


@pytest.mark.parametrize("text", HARMLESS)
def test_copy_without_claims_is_no_finding(text):
    assert found("copy_claims", facts(copy(text))) == []


@pytest.mark.parametrize(
    ("text", "code", "hit"),
    [
        ("It heals blisters.", "claim_health", "heals"),
        ("Lindert Schmerzen beim Wandern.", "claim_health", "lindert"),
        ("Schmerzfrei wandern.", "claim_health", "schmerzfrei"),
        ("Patented and certified.", "claim_legal", "patented"),
        ("TÜV-geprüfte Nähte.", "claim_legal", "geprüfte"),
        ("Guaranteed dry.", "claim_guarantee", "guaranteed"),
        ("Mit Zufriedenheitsgarantie.", "claim_guarantee", "zufriedenheitsgarantie"),
        ("100 % waterproof", "claim_guarantee", "100 %"),
        ("Our most sustainable fleece.", "claim_environment", "sustainable"),
        ("Eine klimaneutrale Jacke.", "claim_environment", "klimaneutrale"),
        ("Only three left!", "claim_availability", "only three left"),
        ("Sofort lieferbar.", "claim_availability", "sofort lieferbar"),
        ("Now 20% off.", "claim_price", "% off"),
        ("Nur 19 €", "claim_price", "€"),
        ("Zum Bestpreis", "claim_price", "bestpreis"),
    ],
)
def test_a_claim_goes_to_legal(text, code, hit):
    (finding,) = found("copy_claims", facts(copy(text)))
    assert (finding.code, finding.effect, finding.functions) == (code, "single", ("legal",))
    assert finding.value == hit


@pytest.mark.parametrize(
    "text",
    [
        "GUARANTEED",
        "gua\u200branteed",
        "gua\u00adranteed",
        "<b>guar</b>anteed",
        "ｇｕａｒａｎｔｅｅｄ",
        "&#103;uaranteed",
        "it is\nguaranteed.",
    ],
)
def test_a_claim_is_found_however_it_is_dressed(text):
    assert codes("copy_claims", facts(copy(text))) == [("claim_guarantee", "single")]


def test_a_claim_that_stood_there_before_is_still_published():
    item = copy("Guaranteed dry, even in Bergen.", before="Guaranteed dry.")
    assert codes("copy_claims", facts(item)) == [("claim_guarantee", "single")]


def test_each_kind_of_claim_is_its_own_finding():
    assert codes("copy_claims", facts(copy("Heals. Guaranteed. Now half price."))) == [
        ("claim_guarantee", "single"),
        ("claim_health", "single"),
        ("claim_price", "single"),
    ]


def test_a_list_without_words_finds_nothing_of_its_kind():
    assert found("copy_claims", facts(copy("Guaranteed.")), guarantee=()) == []
    assert found("copy_claims", facts(copy(None))) == []
