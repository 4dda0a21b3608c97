"""People: who can sign in, what each account holds, and giving and taking it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.db import transaction
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from orchestr.governance.grants import request_function, request_right
from orchestr.governance.models import ControlChange
from orchestr.http import SignedIn, gate
from orchestr.keeping.erase import ERASE, request_erasure
from orchestr.people.functions import Function
from orchestr.people.grants import RIGHTS, known_right, take_function, take_right
from orchestr.people.models import Account, SegmentAccountGrant, SegmentGroupGrant
from orchestr.refusal import absent
from reviews.admin.answers import Refused, act, landed, leading_back
from reviews.admin.changes import changes_in_words
from reviews.admin.extents import segment_choices
from reviews.admin.rights import FUNCTIONS, right_label
from reviews.words.proposal import function_label


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One account. `accounts` is how many its person has: together they count as one."""

    account: Account
    functions: list[str]
    rights: list[tuple[str, str]]
    accounts: int
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One right of an account on one segment; `through` is the group it comes by, "" where it is its own."""

    right: str
    label: str
    segment: str
    name: str
    through: str


class RightForm(forms.Form):
    right = forms.ChoiceField(label=gettext_lazy("Right"))
    segment = forms.ChoiceField(label=gettext_lazy("Segment"), help_text=gettext_lazy("And everything below it."))
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["right"].choices = [(right, right_label(right)) for right in RIGHTS]  # type: ignore[attr-defined]
        self.fields["segment"].choices = [("", "—"), *segment_choices(rules=False)]  # type: ignore[attr-defined]


class ErasureForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))


class FunctionForm(forms.Form):
    function = forms.ChoiceField(label=gettext_lazy("Function"))
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, held: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        open_to = [str(each) for each in Function if each not in set(held)]
        self.fields["function"].choices = [("", "—"), *((name, function_label(name)) for name in open_to)]  # type: ignore[attr-defined]


@require_GET
@gate(Function.ADMIN, Function.AUDITOR)
def people(request: SignedIn) -> HttpResponse:
    """Every account with what it holds; accounts of one person stand together."""
    accounts = list(
        Account.objects.select_related("person")
        .prefetch_related("groups")
        .annotate(siblings=Count("person__accounts"))
        .order_by("person__name", "username")
    )
    held = _held_by(accounts)
    rows = [
        Row(
            account=account,
            functions=_functions(account),
            rights=_summary(held[account.pk]),
            accounts=account.siblings,
            url=reverse("admin:account", args=[account.pk]),
        )
        for account in accounts
    ]
    return render(request, "admin/people.html", {"now": timezone.now(), "rows": rows})


@require_GET
@gate(Function.ADMIN, Function.AUDITOR)
def account(request: SignedIn, account_id: UUID) -> HttpResponse:
    """One account: its functions, its rights segment by segment, and what waits."""
    return render(request, "admin/account.html", _page(request, _account(account_id)))


@require_POST
@gate(Function.ADMIN)
def ask_right(request: SignedIn, account_id: UUID) -> HttpResponse:
    """Ask for a right on a segment: a second admin confirms it."""
    found, form = _account(account_id), RightForm(request.POST)
    done = act(
        request,
        form,
        lambda given, at: request_right(
            account_id=found.pk,
            right=known_right(given.cleaned_data["right"]),
            segment=given.cleaned_data["segment"],
            reason=given.cleaned_data["reason"],
            by=request.user,
            at=at,
        ),
    )
    if isinstance(done, Refused):
        return render(request, "admin/account.html", _page(request, found, right_form=form), status=done.status)
    return landed(request, done, said="", to=reverse("admin:account", args=[found.pk]))


@require_POST
@gate(Function.ADMIN)
def ask_function(request: SignedIn, account_id: UUID) -> HttpResponse:
    """Ask for a function: a second admin confirms it."""
    found = _account(account_id)
    form = FunctionForm(request.POST, held=_functions(found))
    done = act(
        request,
        form,
        lambda given, at: request_function(
            account_id=found.pk,
            function=given.cleaned_data["function"],
            reason=given.cleaned_data["reason"],
            by=request.user,
            at=at,
        ),
    )
    if isinstance(done, Refused):
        return render(request, "admin/account.html", _page(request, found, function_form=form), status=done.status)
    return landed(request, done, said="", to=reverse("admin:account", args=[found.pk]))


@require_POST
@gate(Function.ADMIN)
def ask_erasure(request: SignedIn, account_id: UUID) -> HttpResponse:
    """Ask for the person behind an account to be erased: a second admin confirms it."""
    found, form = _account(account_id), ErasureForm(request.POST, auto_id="id_erasure_%s")
    done = act(
        request,
        form,
        lambda given, at: request_erasure(
            person_id=found.person_id, reason=given.cleaned_data["reason"], by=request.user, at=at
        ),
    )
    if isinstance(done, Refused):
        return render(request, "admin/account.html", _page(request, found, erasure_form=form), status=done.status)
    return landed(request, done, said="", to=reverse("admin:account", args=[found.pk]))


@require_POST
@gate(Function.ADMIN)
@leading_back("/people/")
def lose_right(request: SignedIn, account_id: UUID) -> HttpResponse:
    """Take a right: in force with the account's next request."""
    given = request.POST.get("right", ""), request.POST.get("segment", "")
    with transaction.atomic(durable=True):
        take_right(
            account_id=account_id, right=known_right(given[0]), segment=given[1], by=request.user, at=timezone.now()
        )
    said = _("The right is taken.")
    return landed(request, None, said=said, to=reverse("admin:account", args=[account_id]))


@require_POST
@gate(Function.ADMIN)
@leading_back("/people/")
def lose_function(request: SignedIn, account_id: UUID) -> HttpResponse:
    """Take a function: in force with the account's next request."""
    with transaction.atomic(durable=True):
        take_function(
            account_id=account_id, function=request.POST.get("function", ""), by=request.user, at=timezone.now()
        )
    said = _("The function is taken.")
    to = "/" if account_id == request.user.pk else reverse("admin:account", args=[account_id])
    return landed(request, None, said=said, to=to)


def _page(
    request: SignedIn,
    found: Account,
    *,
    right_form: RightForm | None = None,
    function_form: FunctionForm | None = None,
    erasure_form: ErasureForm | None = None,
) -> dict[str, Any]:
    functions = _functions(found)
    of_account = Q(kind="grant", target__startswith=f"account:{found.pk}/")
    of_person = Q(kind=ERASE, target=f"person:{found.person_id}")
    waiting = ControlChange.objects.filter(of_account | of_person, state="requested")
    return {
        "now": timezone.now(),
        "account": found,
        "others": found.person.accounts.exclude(pk=found.pk).order_by("username"),
        "functions": [(name, function_label(name), str(FUNCTIONS[name])) for name in functions],
        "rights": _held_by([found])[found.pk],
        "changes": changes_in_words(waiting.order_by("requested_at"), account=request.user),
        "right_form": right_form or RightForm(),
        "function_form": function_form or FunctionForm(held=functions),
        "erasure_form": erasure_form or ErasureForm(auto_id="id_erasure_%s"),
        "erased_at": found.person.erased_at,
        "may_act": Function.ADMIN in request.user.functions and found.person.erased_at is None,
        "trail_url": reverse("audit:explorer", query={"person": str(found.person_id)}),
    }


def _held_by(accounts: Sequence[Account]) -> dict[UUID, list[Held]]:
    """What each of these accounts holds where (two queries)."""
    ids = [account.pk for account in accounts]
    own = SegmentAccountGrant.objects.filter(user__in=ids).values_list(
        "user_id", "permission__codename", "content_object__key", "content_object__name"
    )
    found: dict[UUID, list[Held]] = defaultdict(list)
    for account_id, right, key, name in own:
        found[account_id].append(_held(right, key, name, ""))
    groups = SegmentGroupGrant.objects.filter(Q(group__user__in=ids)).values_list(
        "group__user", "permission__codename", "content_object__key", "content_object__name", "group__name"
    )
    for account_id, right, key, name, group in groups:
        found[account_id].append(_held(right, key, name, group))
    for listed in found.values():
        listed.sort(key=lambda held: (RIGHTS.index(known_right(held.right)), held.segment, held.through))
    return found


def _held(right: str, key: str, name: str, through: str) -> Held:
    return Held(right=right, label=right_label(right), segment=key, name=name, through=through)


def _summary(held: Iterable[Held]) -> list[tuple[str, str]]:
    """Each right with the names of its segments in one text."""
    by_right: dict[str, list[str]] = defaultdict(list)
    for each in held:
        by_right[each.label].append(each.name)
    return [(label, ", ".join(sorted(set(names)))) for label, names in by_right.items()]


def _functions(account: Account) -> list[str]:
    return sorted({group.name for group in account.groups.all()} & {str(each) for each in Function})


def _account(account_id: UUID) -> Account:
    found = Account.objects.select_related("person").prefetch_related("groups").filter(pk=account_id).first()
    if found is None:
        raise absent("account")
    return found
