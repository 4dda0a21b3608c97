"""Findings in words: one plain sentence for each code. Callers translate the sentence, then fill it.

`say(finding, translate=gettext)` does both. `gettext_noop` only marks the texts for extraction.
"""

from collections.abc import Callable, Mapping

from orchestr.policy.findings import Finding, Measure, Unit
from orchestr.policy.values import Json, Money
from orchestr.policy.words.commerce import COMMERCE_TEMPLATES

Show = Callable[[Measure, Unit], str]


def gettext_noop(text: str) -> str:
    return text


_ = gettext_noop

TEMPLATES: Mapping[str, str] = {
    "price_change": _("A price moves by {value}, which is more than {threshold}."),
    "price_change.refuse": _("A price moves by {value}; a move of more than {threshold} looks like a slip."),
    "price_removed": _("A price is taken away."),
    "no_baseline": _("There is no price before to compare the new one with."),
    "price_day": _("Within 24 hours a price moves by {value} in all, which is more than {threshold}."),
    "no_day_baseline": _("The price of 24 hours ago cannot be compared with the new one."),
    "price_week": _("Within 7 days a price moves by {value} in all, which is more than {threshold}."),
    "price_month": _("Within 30 days a price moves by {value} in all, which is more than {threshold}."),
    "price_anchor": _(
        "A price moves {value} away from where it stood for half of the last 30 days, which is more than {threshold}."
    ),
    "price_high": _("A price moves {value} away from the highest of the last 30 days, which is more than {threshold}."),
    "no_window_baseline": _("The prices of the last 30 days cannot be compared with the new one."),
    "price_below_band": _("A price of {value} lies below {threshold}, where its band begins."),
    "price_above_band": _("A price of {value} lies above {threshold}, where its band ends."),
    "band_not_comparable": _("The band declared for a currency has another exponent than a new price."),
    "price_ending": _("A price of {value} does not end as prices here do."),
    "price_parity": _(
        "A price comes to stand {value} away from that on the channel {channel}; the limit is {threshold}."
    ),
    "reduction_overstated": _(
        "The reduction for {sku} is announced as {threshold}; on the lowest price of the 30 days before it starts it "
        "is {value}."
    ),
    "reference_above_low": _(
        "The price announced as the earlier one of {sku}, {value}, is above the lowest of the 30 days before, {threshold}."
    ),
    "reference_not_comparable": _(
        "The price announced as the earlier one of {sku} has another currency, exponent or tax basis than its prices."
    ),
    "prior_price_short": _(
        "The prices of {sku} are known since {known_since} only; a reduction that starts from {suffices_from} on has "
        "the 30 days before it that the law asks for."
    ),
    "prior_price_unchecked": _("The prices of the 30 days before an announced reduction could not be looked at."),
    "prior_price_exempt": _("The prior price of {sku} is not the lowest of the 30 days before ({exception})."),
    "not_money": _("A new price is not an amount of money."),
    "price_not_positive": _("A new price of {value} is not above nothing."),
    "money_mismatch": _("A new price has another currency, exponent or tax basis than it must have ({part})."),
    "cost_unknown": _("Cost or tax is not known, so the margin could not be worked out."),
    "below_cost": _("A price lies below cost: the margin after tax would be {value}."),
    "margin_floor": _("The margin after tax would be {value}, which is less than {threshold}."),
    "minimum_not_comparable": _("The minimum advertised price is in another currency or tax basis."),
    "below_minimum_price": _("A price of {value} lies below the minimum advertised price of {threshold}."),
    "value_at_stake": _("The changes together move {value}, which is more than {threshold}."),
    "no_limit_for_currency": _("The changes together move {value}, and no limit is set for {currency}."),
    "stake_unknown": _("Nothing says how many units a change reaches, or what one is worth."),
    "stock_change": _("A stock moves by {value} units, which is more than {threshold}."),
    "stock_not_a_number": _("A new stock is not a whole number."),
    "negative_stock": _("A new stock of {value} is negative."),
    "no_stock_baseline": _("There is no stock before to compare the new one with."),
    "locations_unknown": _("Nobody has declared which stock locations are valid here."),
    "location_not_allowed": _("Stock may not go to the location {value}."),
    "promotion_unreadable": _("The dates or the discount of a promotion could not be read."),
    "promotion_open_ended": _("A promotion has no end."),
    "promotion_ends_before_it_begins": _("A promotion ends before it begins."),
    "promotion_over": _("A promotion would be over already."),
    "promotion_long": _("A promotion runs for {value}, which is longer than {threshold}."),
    "promotion_outside_windows": _("A promotion runs outside the declared windows."),
    "promotion_off": _("A promotion is switched off or taken away."),
    "discount_unknown": _("Nothing says how much a promotion takes off."),
    "promotion_discount": _("A promotion takes off {value}, which is more than {threshold}."),
    "promotion_discount.single": _("A promotion takes off {value}; up to {threshold} needs one person."),
    "promotion_on_everything": _("A promotion takes something off everything."),
    "stage_supervised": _("The workflow is in the stage {value}, where nothing goes out unattended."),
    "canary_withheld": _("{value} things stay back: in this stage {share} of all things go on."),
    "workflow_reviewers": _("The workflow names who has a say: {functions}."),
    "fallback_hold": _("Nothing of this goes on, because something did not work: {value}."),
    "fallback_narrow": _("Only the canary share goes on, because something did not work: {value}."),
    "fallback_raise_tier": _("One tier more than otherwise, because something did not work: {value}."),
    "copy_change": _("Copy changes."),
    "storefront_change": _("A collection is ordered or laid out anew."),
    "storefront_unreadable": _("The order or layout of a collection is taken away, or could not be read."),
    "products_moved": _("{value} products of a collection change their place, which is more than {threshold}."),
    "products_dropped": _("{value} products leave a collection, which is more than {threshold}."),
    "layout_text": _("A layout holds a text of {value} characters, which is more than {threshold}."),
    "copy_removed": _("Copy is emptied or taken away."),
    "copy_not_text": _("New copy is not a text."),
    "claim_health": _("Copy claims something about health: “{value}”."),
    "claim_legal": _("Copy claims a right, a test or an approval: “{value}”."),
    "claim_guarantee": _("Copy guarantees something: “{value}”."),
    "claim_environment": _("Copy praises what is good for the environment: “{value}”."),
    "claim_availability": _("Copy says something about stock or delivery: “{value}”."),
    "claim_price": _("Copy says something about prices: “{value}”."),
    "hidden_characters": _("Copy holds a character that nobody sees ({character})."),
    "mixed_alphabets": _("A word in copy has letters of two alphabets."),
    "copy_long": _("Copy is {value} characters long, which is more than {threshold}."),
    "evidence_missing": _("There is no evidence for a change."),
    "evidence_claimed_only": _("A change rests on claims only; nobody has observed the value."),
    "evidence_stale": _("The evidence for a change is {value} old; the limit is {threshold}, or its own expiry."),
    "evidence_from_the_future": _("The evidence for a change says it was observed later than now."),
    "confidence_unstated": _("The agent has not said how sure it is."),
    "low_confidence": _("The agent is {value} sure, which is less than {threshold}."),
    "irreversible": _("A change cannot be put back."),
    "compensated_only": _("A change is put back only by posting a document against it."),
    "no_native_compare": _("The system does not compare before it writes; we read and compare just before."),
    "no_compare": _("Nothing can be compared before a change is written."),
    "blast_radius": _(
        "{value} items of the segment {segment} on the channel {channel} move at once, counting what waits and "
        "what went live in the last 24 hours; that is more than {threshold}."
    ),
    "revenue_share": _(
        "{value} of the revenue of the segment {segment} on the channel {channel} moves at once, counting what waits "
        "and what went live in the last 24 hours; that is more than {threshold}."
    ),
    "template_family": _(
        "{value} items of the template family {family} move at once, counting what waits and what went live in the "
        "last 24 hours; that is more than {threshold}."
    ),
    "agent_items": _(
        "Within {hours} hours the agent {key} moves {value} items, counting what waits; its budget is {threshold}."
    ),
    "agent_revenue": _(
        "Within {hours} hours the agent {key} moves what sells for {value} a week, counting what waits; its budget is "
        "{threshold}."
    ),
    "agent_margin": _(
        "Within {hours} hours the agent {key} gives up {value} of margin a week, counting what waits; its budget is "
        "{threshold}."
    ),
    "segment_items": _(
        "Within {hours} hours {value} items of the segment {key} move, counting what waits; its budget is {threshold}."
    ),
    "segment_revenue": _(
        "Within {hours} hours what sells for {value} a week in the segment {key} moves, counting what waits; its budget "
        "is {threshold}."
    ),
    "segment_margin": _(
        "Within {hours} hours the segment {key} gives up {value} of margin a week, counting what waits; its budget is "
        "{threshold}."
    ),
    "sku_items": _(
        "Within {hours} hours {value} values of {key} change, counting what waits; its budget is {threshold}."
    ),
    "sku_margin": _(
        "Within {hours} hours {key} gives up {value} of margin a week, counting what waits; its budget is {threshold}."
    ),
    "price_attended": _("A price never changes unattended."),
    "refund_attended": _("A refund is never made unattended."),
    "legal_attended": _("A legal text never changes unattended."),
    "source_not_allowed": _("The evidence for a change comes from {value}, which is no source allowed for it."),
    "systems_disagree": _("The systems disagree about {field} of {thing}: {said}."),
    "evidence_disagrees": _("The systems disagree about {field} of {thing}, which is brought as evidence: {said}."),
    "track_too_new": _(
        "The agent is too new to tell: {value} of its proposals are settled, and {threshold} are needed."
    ),
    "track_record": _(
        "{value} of what the agent proposed lately was blocked or put back ({bad} of {settled}); that is more than "
        "{threshold}."
    ),
    "many_systems": _("{value} systems are written in one set that stands or falls together; more than {threshold}."),
    "outside_hours": _("It is outside the business hours of the site {value}."),
    "revert_owner_gone": _("The workflow has no rollback owner whose account is in use."),
    "revert_right_missing": _("The workflow's rollback owner may not put back everything that this changes."),
    "many_agents": _("The agent {value} has changed the same thing lately, or proposes to."),
    "contested_many": _("{count} agents work on the same thing; their work is held together until a person chooses."),
    "contested_objectives": _(
        "It is for {mine} and another open proposal on the same thing for {theirs}: people choose between them."
    ),
    "outranked": _("It is for {mine}; the ranking puts {theirs} before it, which another open proposal is for."),
    "outranks": _("It is for {mine}, which the ranking puts before {theirs} of another open proposal."),
    "cooling_down": _("The agent {agent} has just changed the same value; it cools down until {value}."),
    "open_conflict": _("Another open proposal changes the same value ({count} in all)."),
    "scheduled_conflict": _("Another change of the same value is set to begin later."),
    "locked_sell": _("This may not be put on sale until {value}."),
    "locked_promote": _("This may not be promoted until {value}."),
    "locked_reprice": _("The price of this may not be changed until {value}."),
    "quote_broken": _("A new price breaks an outstanding quote of {value}."),
    "delivery_broken": _("A stock of {value} units breaks a delivery that was promised."),
    "address_twice": _("The same value is changed twice."),
    "no_segment": _("A changed thing belongs to no segment."),
    "live_differs": _("A live value is no longer what the proposal starts from."),
    "changes_nothing": _("A change leaves the value as it is."),
    "frozen": _("There is a freeze on {value}; what is approved is held until it is lifted."),
    "unknown_change": _("No rule knows this kind of change, so it is judged strictest."),
    "no_items": _("There is nothing to change."),
    "rule_error": _("The rule {rule} failed while judging, so it is judged strictest."),
    "nobody_can_decide": _("{value} eligible persons cannot decide this; it needs {threshold} ({functions})."),
    **COMMERCE_TEMPLATES,
}

EXCEPTED = _("An exception covers this for now: without it, it would be refused.")
LAYERED = _("This is the limit of the layer {layer}.")

EFFECT_WORDS: Mapping[str, str] = {
    "info": _("For information"),
    "single": _("Needs one person"),
    "dual": _("Needs two persons"),
    "refuse": _("Refused"),
}


def template(finding: Finding) -> str:
    """The English sentence with its gaps: what is handed to gettext."""
    if finding.params.get("channel") == "*" and (anywhere := TEMPLATES.get(f"{finding.code}.anywhere")) is not None:
        return anywhere
    return TEMPLATES.get(f"{finding.code}.{finding.effect}") or TEMPLATES[finding.code]


def gaps(finding: Finding, *, show: Show | None = None) -> dict[str, str]:
    """What fills the sentence. `show` writes measures in the reader's way; without it, plainly."""
    shown = show or plain
    words = {
        name: ", ".join(map(_part, part)) if isinstance(part, list | tuple) else str(part)
        for name, part in finding.params.items()
    }
    words["rule"] = finding.rule
    words["value"] = shown(finding.value, finding.unit)
    words["threshold"] = shown(finding.threshold, finding.unit)
    return words


def _part(part: Json) -> str:
    """One of several: what one system says of a value, or a name as it is."""
    if not isinstance(part, Mapping):
        return str(part)
    told = f" {plain_value(part['value'])}" if "value" in part else ""
    return f"{part['system']}{told} ({_duration(part['age_s'])})"


def plain_value(value: Json) -> str:
    return plain(Money.parse(value), "money") if isinstance(value, Mapping) else str(value)


def say(finding: Finding, *, translate: Callable[[str], str] = str, show: Show | None = None) -> str:
    sentence = translate(template(finding)).format_map(gaps(finding, show=show))
    if "exception_until" in finding.params:
        sentence = f"{sentence} {translate(EXCEPTED)}"
    if "layer" in finding.params:
        sentence = f"{sentence} {translate(LAYERED).format(layer=finding.params['layer'])}"
    return sentence


def plain(measure: Measure, unit: Unit) -> str:
    """A measure without a locale: basis points as per cent, money with its currency, seconds as a duration."""
    if measure is None:
        return "–"
    if isinstance(measure, Money):
        return f"{_decimal(measure.amount, measure.exponent)} {measure.currency}"
    if isinstance(measure, str):
        return measure
    if unit == "bp":
        return f"{_decimal(measure, 2, trim=True)} %"
    return _duration(measure) if unit == "seconds" else str(measure).replace("-", "−")


def _decimal(amount: int, places: int, *, trim: bool = False) -> str:
    whole, part = divmod(abs(amount), 10**places)
    digits = f"{part:0{places}d}" if places else ""
    if trim:
        digits = digits.rstrip("0")
    return f"{'−' if amount < 0 else ''}{whole}{'.' if digits else ''}{digits}"


def _duration(seconds: int) -> str:
    sign = "−" if seconds < 0 else ""
    for size, name in ((86_400, "d"), (3600, "h"), (60, "min")):
        if abs(seconds) >= size:
            whole, rest = divmod(abs(seconds), size)
            smaller = {"d": (3600, "h"), "h": (60, "min"), "min": (1, "s")}[name]
            more = rest // smaller[0]
            return f"{sign}{whole} {name}" + (f" {more} {smaller[1]}" if more else "")
    return f"{sign}{abs(seconds)} s"
