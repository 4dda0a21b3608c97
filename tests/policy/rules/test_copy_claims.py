from dataclasses import replace

import pytest

from orchestr.policy.facts.commerce import CommerceFacts, NamedClaim
from orchestr.policy.rule import Case
from orchestr.policy.rules import RULES
from tests.policy.cases import AT, OBSERVED, codes, copy, facts, found

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


CLAIMS = [
    # Health: English, then German; so for each list.
    ("It heals blisters.", "health", "heals"),
    ("Cures cold feet.", "health", "cures"),
    ("Clinically shown.", "health", "clinically"),
    ("A hypoallergenic lining.", "health", "hypoallergenic"),
    ("Good for the immune system.", "health", "immune system"),
    ("A detoxifying insole.", "health", "detoxifying"),
    ("Lindert Schmerzen beim Wandern.", "health", "lindert"),
    ("Schmerzfrei wandern.", "health", "schmerzfrei"),
    ("Mit heilender Wirkung.", "health", "heilender"),
    ("Heilsame Wärme.", "health", "heilsame"),
    ("Stärkt das Immunsystem.", "health", "immunsystem"),
    ("Antibakterielle Ausrüstung.", "health", "antibakterielle"),
    # Legal
    ("Patented and certified.", "legal", "patented"),
    ("Approved by alpine guides.", "legal", "approved by"),
    ("With two years of warranty.", "legal", "warranty"),
    ("Officially licensed.", "legal", "officially"),
    ("CE marked.", "legal", "ce marked"),
    ("TÜV-geprüfte Nähte.", "legal", "geprüfte"),
    ("Mit Zertifikat.", "legal", "zertifikat"),
    ("Zwei Jahre Gewährleistung.", "legal", "gewährleistung"),
    ("Amtlich zugelassen.", "legal", "amtlich"),
    # Guarantee
    ("Guaranteed dry.", "guarantee", "guaranteed"),
    ("Money back if not.", "guarantee", "money back"),
    ("100 % waterproof", "guarantee", "100 %"),
    ("An unbreakable buckle.", "guarantee", "unbreakable"),
    ("Mit Zufriedenheitsgarantie.", "guarantee", "zufriedenheitsgarantie"),
    ("Garantiert dicht.", "guarantee", "garantiert"),
    ("Lebenslange Freude.", "guarantee", "lebenslange"),
    ("Unkaputtbar.", "guarantee", "unkaputtbar"),
    # Environment
    ("Our most sustainable fleece.", "environment", "sustainable"),
    ("Climate-neutral shipping.", "environment", "climate-neutral"),
    ("Zero emissions.", "environment", "zero emissions"),
    ("An eco choice.", "environment", "eco"),
    ("Eine klimaneutrale Jacke.", "environment", "klimaneutrale"),
    ("Nachhaltig genäht.", "environment", "nachhaltig"),
    ("Emissionsfrei geliefert.", "environment", "emissionsfrei"),
    ("Biologisch abbaubare Fasern.", "environment", "biologisch abbaubare"),
    # Availability
    ("Only three left!", "availability", "only three left"),
    ("In stock.", "availability", "in stock"),
    ("Ships within two days.", "availability", "ships within"),
    ("While stocks last.", "availability", "while stocks last"),
    ("Sofort lieferbar.", "availability", "sofort lieferbar"),
    ("Auf Lager.", "availability", "auf lager"),
    ("Heute bestellt, morgen da.", "availability", "heute bestellt"),
    ("Solange der Vorrat reicht.", "availability", "solange der vorrat reicht"),
    # Price
    ("Now 20% off.", "price", "% off"),
    ("The lowest price in town.", "price", "lowest price"),
    ("A special offer.", "price", "special offer"),
    ("Free shipping.", "price", "free shipping"),
    ("Nur 19 €", "price", "€"),
    ("Zum Bestpreis", "price", "bestpreis"),
    ("Sie sparen viel.", "price", "sie sparen"),
    ("Zum Aktionspreis.", "price", "aktionspreis"),
    ("Versandkostenfrei.", "price", "versandkostenfrei"),
]


@pytest.mark.parametrize(("text", "kind", "hit"), CLAIMS)
def test_a_claim_goes_to_legal(text, kind, hit):
    (finding,) = found("copy_claims", facts(copy(text)))
    assert (finding.code, finding.effect, finding.functions) == (f"claim_{kind}", "single", ("legal",))
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


def resting_on(text, *claims, **evidence):
    """Copy with claimed evidence of these claims."""
    rows = tuple(replace(OBSERVED, id=f"c{n}", kind="claimed", **evidence) for n, _ in enumerate(claims))
    named = tuple(NamedClaim(evidence=row.id, text=claim) for row, claim in zip(rows, claims, strict=True))
    return facts(copy(text), evidence=(OBSERVED, *rows), commerce=CommerceFacts(claims=named))


@pytest.mark.parametrize(("text", "kind", "hit"), CLAIMS)
def test_evidence_that_names_the_kind_or_the_words_takes_legal_s_place(text, kind, hit):
    for claim in (kind, kind.upper(), text):
        (finding,) = found("copy_claims", resting_on(text, claim))
        assert (finding.code, finding.effect, finding.functions) == (f"evidenced_{kind}", "single", ())


@pytest.mark.parametrize(
    ("text", "claims", "code"),
    [
        ("Heals and cures.", ("It heals.",), "claim_health"),
        ("Heals and cures.", ("It heals.", "It cures."), "evidenced_health"),
        ("Heals.", ("cures",), "claim_health"),
        ("Heals.", ("healsome",), "claim_health"),
        ("Heals.", ("guarantee",), "claim_health"),
        ("Nur 19 €", ("19 €",), "evidenced_price"),
        ("Nur 19 €, 5 EUR", ("19 €",), "claim_price"),
        ("Only 3 left, only 2 left", ("only 3 left",), "claim_availability"),
        ("Heals.", (), "claim_health"),
    ],
)
def test_every_claim_of_a_kind_must_be_named(text, claims, code):
    (finding,) = found("copy_claims", resting_on(text, *claims))
    assert finding.code == code


@pytest.mark.parametrize(("age", "holds"), [(99, True), (100, True), (101, False)])
def test_evidence_of_a_claim_grows_old(age, holds):
    # What was brought carries the time it was observed as its end: that says nothing of how long it holds.
    about = resting_on("Heals.", "health", observed_at=AT - age, expires_at=AT - age)
    (finding,) = found("copy_claims", about, evidence_max_age_s=100)
    assert (finding.code == "evidenced_health") is holds


@pytest.mark.parametrize(("left", "holds"), [(-1, False), (0, True), (1, True)])
def test_what_was_observed_holds_until_it_expires(left, holds):
    seen = replace(OBSERVED, expires_at=AT + left)
    claim = NamedClaim(evidence=seen.id, text="health")
    about = facts(copy("Heals."), evidence=(seen,), commerce=CommerceFacts(claims=(claim,)))
    (finding,) = found("copy_claims", about)
    assert (finding.code == "evidenced_health") is holds


@pytest.mark.parametrize(("ahead", "holds"), [(59, True), (60, True), (61, False)])
def test_evidence_of_tomorrow_proves_nothing(ahead, holds):
    (finding,) = found("copy_claims", resting_on("Heals.", "health", observed_at=AT + ahead))
    assert (finding.code == "evidenced_health") is holds


def test_one_kind_borne_out_leaves_the_other_to_legal():
    assert codes("copy_claims", resting_on("Heals. Guaranteed.", "health")) == [
        ("claim_guarantee", "single"),
        ("evidenced_health", "single"),
    ]


def test_a_named_claim_of_evidence_that_is_not_there_proves_nothing():
    about = facts(copy("Heals."), commerce=CommerceFacts(claims=(NamedClaim(evidence="nowhere", text="health"),)))
    assert codes("copy_claims", about) == [("claim_health", "single")]


def test_who_looks_at_the_evidence_can_be_said():
    about = resting_on("Heals.", "health")
    (finding,) = found("copy_claims", about, evidenced_effect="dual", evidenced_functions=("merchandising",))
    assert (finding.effect, finding.functions) == ("dual", ("merchandising",))


def test_one_piece_of_several_may_name_the_kind():
    assert codes("copy_claims", resting_on("Heals and cures.", "It heals.", "health")) == [
        ("evidenced_health", "single")
    ]


@pytest.mark.parametrize(
    ("claims", "code"),
    [(("in €", "in £"), "evidenced_price"), (("£", "€"), "evidenced_price"), (("£", "$"), "claim_price")],
)
def test_a_sign_may_stand_anywhere_in_what_is_named(claims, code):
    (finding,) = found("copy_claims", resting_on("All in €!", *claims), price=("€",))
    assert finding.code == code


def test_every_sign_and_every_word_must_be_named():
    for claims, code in (
        (("€", "half price"), "evidenced_price"),
        (("€",), "claim_price"),
        (("half price",), "claim_price"),
    ):
        (finding,) = found("copy_claims", resting_on("Half price in €", *claims), price=("€", "half price"))
        assert finding.code == code


def test_what_is_no_text_claims_nothing():
    assert found("copy_claims", facts(copy(7), copy({}, index=1))) == []


def test_a_long_claim_is_told_by_its_beginning():
    (finding,) = found("copy_claims", facts(copy("guarantee" + "x" * 100)))
    assert finding.value == "guarantee" + "x" * 71


def test_lists_are_those_of_the_parameters_in_hand_however_many_there_were():
    for count in range(70):
        word = f"word{chr(97 + count % 26)}{chr(97 + count // 26)}"
        params = {"health": (word,), "guarantee": ()}
        assert codes("copy_claims", facts(copy(word)), **params) == [("claim_health", "single")]
        assert codes("copy_claims", facts(copy("guaranteed")), **params) == []


def test_lists_made_ready_once_find_the_same_again():
    rule = RULES["copy_claims"]
    params = rule.params(health=("readied",), guarantee=())
    for text, wanted in (("readied", ["claim_health"]), ("guaranteed", []), ("readied", ["claim_health"])):
        assert [one.code for one in rule.judge(Case(facts(copy(text))), params)] == wanted
