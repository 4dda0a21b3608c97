"""What the copy improver thinks: which texts are thin, and what the facts allow to be said. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from demo.agents.job import Idea, Place

Json = Any

THIN = 90  # characters
_SENTENCES = {
    "de": "Material: {material}, Gewicht {weight_g} g. Saison: {season}. Pflege: {care}.",
    "en": "Made of {material}, {weight_g} g. Season: {season}. Care: {care}.",
}


def ideas(products: Iterable[Mapping[str, Json]]) -> list[Idea]:
    """One idea for each thin or untidy description."""
    found = []
    for product in products:
        facts = {
            each["address"]["locale"]: each
            for each in product["fields"]
            if each["field"] == "facts" and isinstance(each["value"], Mapping)
        }
        for each in product["fields"]:
            if each["field"] == "description" and each["writable"] and isinstance(each["value"], str):
                better = improved(each["value"], each["address"]["locale"], facts)
                if better != each["value"]:
                    found.append(_idea(product, each, better, facts.get(each["address"]["locale"])))
    return found


def improved(text: str, locale: str | None, facts: Mapping[str | None, Mapping[str, Json]]) -> str:
    """The text with its white space in order, and with the facts said where it is thin. Says nothing else."""
    tidy = " ".join(text.split())
    known = facts.get(locale)
    sentence = _SENTENCES.get((locale or "en")[:2])
    if known is None or sentence is None or len(tidy) >= THIN:
        return tidy
    try:
        said = sentence.format_map(known["value"])
    except KeyError:
        return tidy
    return tidy if said in tidy else f"{tidy} {said}".strip()


def _idea(product: Mapping[str, Json], field: Mapping[str, Json], better: str, fact: Mapping[str, Json] | None) -> Idea:
    change = {
        "type": product["type"],
        "id": product["id"],
        "field": "description",
        "address": field["address"],
        "before": field["value"],
        "after": better,
    }
    seen: tuple[Place, ...] = ()
    if fact is not None:
        seen = (Place(type=product["type"], id=product["id"], field="facts", address=fact["address"]),)
    return Idea(
        summary=f"Say the facts in the description of {product['title']}.",
        rationale=(
            f"The text has {len(field['value'])} characters and leaves out what people ask first. "
            "I added the material, weight, season and care as the product facts state them, and no claim."
        ),
        confidence=0.93,
        changes=(change,),
        beside=seen,
        objectives={"completeness": "up"},
    )
