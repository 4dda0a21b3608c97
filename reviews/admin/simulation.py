"""A policy version tried on past proposals: asked for, watched while it runs, and read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from orchestr.http import SignedIn, gate
from orchestr.outcomes.models import Simulation
from orchestr.outcomes.report import a_day, changed
from orchestr.outcomes.simulations import DAYS, latest, request_simulation
from orchestr.people.functions import Function
from orchestr.people.models import Account
from orchestr.policy.rules import RULES
from orchestr.proposals.models import Proposal
from orchestr.refusal import absent
from orchestr.rulebook.models import PolicyVersion
from reviews.admin.answers import leading_back
from reviews.proposal.why import OF_THE_EVALUATION
from reviews.templatetags.show import hundredths
from reviews.words.proposal import function_label
from reviews.words.titles import intents_of, proposer_of

ASKS = (Function.ADMIN, Function.FINANCE, Function.LEGAL)
READS = (*ASKS, Function.AUDITOR)
SHOWN = 50  # of each list; its figure counts all
TITLES = {
    "stopped": gettext_lazy("Put back later, and judged more strictly now"),
    "refused": gettext_lazy("Would be refused"),
    "stricter": gettext_lazy("Would ask for more people"),
    "looser": gettext_lazy("Would ask for fewer people, or no longer be refused"),
    "functions": gettext_lazy("Would ask for other functions"),
    "errors": gettext_lazy("A rule failed on the facts of then, so judged strictest"),
    "unreadable": gettext_lazy("Facts of another release that cannot be read, so not judged"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One proposal of a list. `intent` is empty where the reader may not see it; `why` is the rule, or the failure."""

    id: str
    url: str
    intent: str
    who: str
    before: str
    after: str
    functions: list[str]
    why: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One list of the report, with the figure that counts all of it."""

    name: str
    title: str
    count: int
    rows: list[Row]


@require_GET
@gate(*READS)
def simulation(request: SignedIn, number: int) -> HttpResponse:
    """The last simulation of this version over the days asked for; while it runs the page asks again."""
    row, days = _row(number), _days(request.GET.get("days", ""))
    found = latest(row.pk, days=days)
    context = {
        "now": timezone.now(),
        "version": row,
        "days": days,
        "spans": [(each, reverse("admin:simulation", args=[number], query={"days": str(each)})) for each in DAYS],
        "part_url": reverse("admin:simulation", args=[number], query={"days": str(days)}),
        "simulation": found,
        "under_way": found is not None and found.state in ("queued", "running"),
        "may_ask": bool(request.user.functions & set(ASKS)),
        **({} if found is None or found.result is None else _report(found, request.user)),
    }
    return render(request, "admin/simulation.html#course" if request.htmx else "admin/simulation.html", context)


@require_POST
@gate(*ASKS)
@leading_back("/policy/")
def simulate(request: SignedIn, number: int) -> HttpResponse:
    """Have a worker try this version; the page that follows shows how far it is."""
    days = _days(request.POST.get("days", ""))
    with transaction.atomic(durable=True):
        request_simulation(number=number, days=days, by=request.user, at=timezone.now())
    return redirect(reverse("admin:simulation", args=[number], query={"days": str(days)}))


def _report(row: Simulation, account: Account) -> dict[str, Any]:
    result: dict[str, Any] = dict(row.result or {})
    reviews, days = result["reviews"], row.days
    return {
        "replayed": result["replayed"],
        "changed": changed(result),
        "put_back": result["put_back"],
        "stopped": result["counts"]["stopped"],
        "moves": [(before, after, count) for before, after, count in result["moves"] if before != after],
        "same": sum(count for before, after, count in result["moves"] if before == after),
        "rules": [(rule_title(name), count) for name, count in result["rules"].items()],
        "errors": [(rule_title(rule), error, count) for rule, error, count in result["errors"]],
        "reviews_before": reviews["before"],
        "reviews_after": reviews["after"],
        "each_person": hundredths(a_day(reviews["shared"], days)),
        "by_function": [
            (function_label(name), hundredths(a_day(share, days))) for name, share in reviews["by_function"].items()
        ],
        "without_deciders": reviews["without_deciders"],
        "kinds": _kinds(result, account),
        "shown": SHOWN,
    }


def _kinds(result: Mapping[str, Any], account: Account) -> list[Kind]:
    """The lists that hold anything; what this person may not see is named by its id alone."""
    listed = {name: result["lists"][name][:SHOWN] for name in TITLES}
    ids = {UUID(each["proposal"]) for rows in listed.values() for each in rows}
    seen = list(Proposal.objects.visible_to(account).filter(pk__in=ids).select_related("agent", "person"))
    intents, who = intents_of(seen), {each.pk: proposer_of(each) for each in seen}
    return [
        Kind(name, str(title), result["counts"][name], [_listed(each, intents, who) for each in listed[name]])
        for name, title in TITLES.items()
        if result["counts"][name]
    ]


def _listed(each: Mapping[str, Any], intents: Mapping[UUID, str], who: Mapping[UUID, str]) -> Row:
    id, unjudged = UUID(each["proposal"]), not each["rule"]
    return Row(
        id=each["proposal"],
        url=reverse("reviews:proposal", args=[id]) if id in intents else "",
        intent=intents.get(id, ""),
        who=who.get(id, ""),
        before=each["before"],
        after=each["after"],
        functions=each["functions"],
        why=each["code"] if unjudged else rule_title(each["rule"]),
    )


def rule_title(name: str) -> str:
    """A rule in words; the name itself for one that this release does not know."""
    if name in RULES:
        return _(RULES[name].title)
    return str(OF_THE_EVALUATION.get(name, name))


def _days(text: str) -> int:
    return int(text) if text in {str(each) for each in DAYS} else DAYS[0]


def _row(number: int) -> PolicyVersion:
    row = PolicyVersion.objects.filter(number=number).first()
    if row is None:
        raise absent("policy version")
    return row


__all__: Sequence[str] = ("rule_title", "simulate", "simulation")
