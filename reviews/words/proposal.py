"""The sentences the system writes about a proposal: what it wants, why it ended, what somebody said.

No word of a proposer is in them; titles come from the catalogue.
"""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from orchestr.policy.values import Json
from orchestr.proposals.models import Proposal
from reviews.templatetags.show import percent_bp

INTENTS: Mapping[str, str | Promise] = {
    "price_down": gettext_lazy("Lower prices"),
    "price_up": gettext_lazy("Raise prices"),
    "price_change": gettext_lazy("Change prices both ways"),
    "stock_down": gettext_lazy("Take stock away"),
    "stock_up": gettext_lazy("Add stock"),
    "stock_change": gettext_lazy("Change stock both ways"),
    "promotion_change": gettext_lazy("Change promotions"),
    "copy_change": gettext_lazy("Rewrite copy"),
    "storefront_change": gettext_lazy("Rearrange collections"),
    "message_change": gettext_lazy("Change messages to customers"),
    "unknown_change": gettext_lazy("Other changes"),
    "mixed": gettext_lazy("Several kinds of change"),
}

REASONS: Mapping[str, str | Promise] = {
    "price_too_low": gettext_lazy("The price is too low"),
    "price_too_high": gettext_lazy("The price is too high"),
    "margin": gettext_lazy("The margin is too thin"),
    "timing": gettext_lazy("It is the wrong time"),
    "stock": gettext_lazy("Stock does not allow it"),
    "wording": gettext_lazy("The wording is not ours"),
    "unproven_claim": gettext_lazy("A claim is not proven"),
    "evidence": gettext_lazy("The evidence does not carry it"),
    "scope": gettext_lazy("Too many or the wrong items"),
    "duplicate": gettext_lazy("It repeats another proposal"),
    "other": gettext_lazy("Something else"),
}

BLOCKED: Mapping[str, str | Promise] = {
    "policy": gettext_lazy("Policy refused it."),
    "shadow": gettext_lazy("Its workflow lets nothing of it go on: it is judged and never published."),
    "reviewer": gettext_lazy("A reviewer blocked it."),
    "withdrawn": gettext_lazy("Its proposer withdrew it."),
    "expired": gettext_lazy("Nobody decided in time."),
    "superseded": gettext_lazy("A newer proposal took its place."),
    "contained": gettext_lazy("A containment cancelled it."),
    "failed": gettext_lazy("Nothing could be written."),
}

JUDGED: Mapping[str, str | Promise] = {
    "policy_changed": gettext_lazy("because policy has changed"),
    "evidence_expired": gettext_lazy("because its evidence has run out"),
    "exception_ended": gettext_lazy("because an exception has ended"),
    "lock_set": gettext_lazy("because something it touches was locked"),
    "lock_lifted": gettext_lazy("because a lock on something it touches was lifted"),
    "promise_set": gettext_lazy("because something was promised of what it touches"),
    "promise_lifted": gettext_lazy("because a promise of what it touches was withdrawn"),
    "frozen": gettext_lazy("because something it needs was frozen"),
    "thawed": gettext_lazy("because a freeze was lifted"),
}

FOLLOWED: Mapping[str, str | Promise] = {
    "stricter": gettext_lazy("it needs more than before"),
    "looser": gettext_lazy("another version would need less"),
    "refused": gettext_lazy("it is refused"),
}

VOIDED: Mapping[str, str | Promise] = {
    "changes_requested": gettext_lazy("Void: changes were requested."),
    "new_version": gettext_lazy("Void: there is a newer version."),
    "narrowed": gettext_lazy("Void: the proposal was narrowed or edited."),
    "changed_mind": gettext_lazy("Void: the same person decided otherwise."),
    "rights_lost": gettext_lazy("Void: the right to decide was taken away."),
    "contested": gettext_lazy("Void: other work on the same thing has come; people choose between them."),
    "policy_stricter": gettext_lazy("Void: policy has become stricter."),
    "workflow_in_shadow": gettext_lazy("Void: the workflow is in shadow now."),
    "not_a_sandbox": gettext_lazy("Void: a system that it writes to is no sandbox any more."),
    "outside_canary": gettext_lazy("Void: something lies outside the workflow's canary share now."),
    "scope_lost": gettext_lazy("Void: the agent's scope no longer covers it."),
    "outside_workflow": gettext_lazy("Void: the workflow no longer reaches it."),
    "policy_refuses": gettext_lazy("Void: policy refuses it now."),
    "evidence_expired": gettext_lazy("Void: the evidence expired before it was written."),
    "catalogue_changed": gettext_lazy("Void: the catalogue has changed."),
    "approvals_missing": gettext_lazy("Void: an approval was missing."),
}

FUNCTIONS: Mapping[str, str | Promise] = {
    "merchandising": gettext_lazy("Merchandising"),
    "finance": gettext_lazy("Finance"),
    "legal": gettext_lazy("Legal"),
    "oncall": gettext_lazy("On call"),
    "admin": gettext_lazy("Admin"),
    "auditor": gettext_lazy("Auditor"),
}

FIELDS: Mapping[str, str | Promise] = {
    "price": gettext_lazy("Price"),
    "list_price": gettext_lazy("List price"),
    "sale_price": gettext_lazy("Sale price"),
    "cost": gettext_lazy("Cost"),
    "minimum_price": gettext_lazy("Minimum advertised price"),
    "tax_bp": gettext_lazy("Tax rate"),
    "on_hand": gettext_lazy("Stock on hand"),
    "title": gettext_lazy("Title"),
    "description": gettext_lazy("Description"),
    "name": gettext_lazy("Name"),
}


# What a proposer may predict; another name is told as it was given.
METRICS: Mapping[str, str | Promise] = {
    "units_7d": gettext_lazy("Units sold"),
    "net_revenue_7d": gettext_lazy("Net revenue"),
    "margin_7d": gettext_lazy("Margin"),
    "conversion": gettext_lazy("Share of visitors who buy"),
}


def metric_label(metric: str) -> str:
    return str(METRICS.get(metric) or metric.replace("_", " "))


def field_label(field: str) -> str:
    return str(FIELDS.get(field) or field.replace("_", " ").capitalize())


def function_label(function: str) -> str:
    return str(FUNCTIONS.get(function, function))


def reason_label(code: str) -> str:
    return str(REASONS.get(code, code))


def reason_choices() -> list[tuple[str, str]]:
    return [(code, str(label)) for code, label in REASONS.items()]


def intent(proposal: Proposal, title: str) -> str:
    """What the proposal wants, in one sentence; `title` names its first item."""
    n = proposal.item_count
    size = percent_bp(abs(proposal.largest_bp)) if proposal.largest_bp is not None else ""
    code = proposal.intent if size or proposal.intent not in _SIZED else f"{proposal.intent}_unsized"
    return _SENTENCES.get(code, _other)(n) % {"n": n, "title": title, "size": size, "more": n - 1}


def _price_down(n: int) -> str:
    if n == 1:
        return _("Lower the price of %(title)s by %(size)s")
    return _("Lower %(n)d prices by up to %(size)s: %(title)s and %(more)d more")


def _price_up(n: int) -> str:
    if n == 1:
        return _("Raise the price of %(title)s by %(size)s")
    return _("Raise %(n)d prices by up to %(size)s: %(title)s and %(more)d more")


def _price_change(n: int) -> str:
    if n == 1:
        return _("Change the price of %(title)s")
    return _("Change %(n)d prices: %(title)s and %(more)d more")


def _stock_down(n: int) -> str:
    if n == 1:
        return _("Take %(size)s of the stock of %(title)s away")
    return _("Take stock of up to %(size)s away at %(n)d places: %(title)s and %(more)d more")


def _stock_up(n: int) -> str:
    if n == 1:
        return _("Add %(size)s to the stock of %(title)s")
    return _("Add stock of up to %(size)s at %(n)d places: %(title)s and %(more)d more")


def _stock_change(n: int) -> str:
    if n == 1:
        return _("Change the stock of %(title)s")
    return _("Change the stock at %(n)d places: %(title)s and %(more)d more")


def _promotion(n: int) -> str:
    if n == 1:
        return _("Change the promotion %(title)s")
    return _("Change %(n)d values of promotions: %(title)s and %(more)d more")


def _copy(n: int) -> str:
    if n == 1:
        return _("Rewrite the copy of %(title)s")
    return _("Rewrite %(n)d texts: %(title)s and %(more)d more")


def _storefront(n: int) -> str:
    if n == 1:
        return _("Rearrange the collection %(title)s")
    return _("Rearrange collections at %(n)d places: %(title)s and %(more)d more")


def _message(n: int) -> str:
    if n == 1:
        return _("Change the message “%(title)s”")
    return _("Change %(n)d values of messages: “%(title)s” and %(more)d more")


def _other(n: int) -> str:
    if n == 1:
        return _("Change %(title)s")
    return _("Change %(n)d values of several kinds: %(title)s and %(more)d more")


_SIZED = ("price_down", "price_up", "stock_down", "stock_up")
_SENTENCES = {
    "price_down": _price_down,
    "price_down_unsized": _price_change,
    "price_up": _price_up,
    "price_up_unsized": _price_change,
    "price_change": _price_change,
    "stock_down": _stock_down,
    "stock_down_unsized": _stock_change,
    "stock_up": _stock_up,
    "stock_up_unsized": _stock_change,
    "stock_change": _stock_change,
    "promotion_change": _promotion,
    "copy_change": _copy,
    "storefront_change": _storefront,
    "message_change": _message,
}


def published_as(plan: list[Mapping[str, Json]]) -> str:
    """How many of what a plan writes, for the button that does it: "12 prices"."""
    n = len(plan)
    kinds = {change["field"] for change in plan}
    if kinds <= {"price", "list_price", "sale_price"}:
        return ngettext("%(n)d price", "%(n)d prices", n) % {"n": n}
    if {change["kind"] for change in plan} == {"text"}:
        return ngettext("%(n)d text", "%(n)d texts", n) % {"n": n}
    if {change["type"] for change in plan} == {"stock"}:
        return ngettext("%(n)d stock level", "%(n)d stock levels", n) % {"n": n}
    return ngettext("%(n)d value", "%(n)d values", n) % {"n": n}


def cause_words(cause: str) -> str:
    """What did not work: a step of the run, or a system that did not answer."""
    kind, _colon, name = cause.partition(":")
    if kind == "step":
        return _("the step %(name)s failed") % {"name": name}
    return _("the system %(name)s did not answer") % {"name": name}
