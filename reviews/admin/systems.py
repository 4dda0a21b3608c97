"""Setting systems up: choosing a kind, the form it declares, trying the connection, putting in use, pausing, removing."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from orchestr.catalogue.models import System
from orchestr.connectors import registry
from orchestr.connectors.base import ConnectorError
from orchestr.connectors.setup import UNDECLARED, Setup
from orchestr.execution.systems.configure import USE, add_system, change_system, remove_system, was_in_use
from orchestr.execution.systems.trial import Tried, try_system
from orchestr.execution.systems.use import ask_refresh, pause, request_use
from orchestr.execution.systems.wanted import standing
from orchestr.governance.models import ControlChange
from orchestr.http import SignedIn, gate
from orchestr.people.functions import Function
from orchestr.refusal import absent
from reviews.admin.answers import Refused, act, landed, leading_back
from reviews.admin.changes import changes_in_words
from reviews.admin.system_form import SystemForm, UseForm, WhyForm, setting_words
from reviews.admin.system_progress import credentials_of, progress_of


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind that is installed. `broken` says why it cannot be used, "" if it can."""

    kind: str
    title: str
    reads_only: bool
    broken: str


@require_GET
@gate(Function.ADMIN)
def kinds(request: SignedIn) -> HttpResponse:
    """Every kind of connector that is installed, installed packages from elsewhere too."""
    return render(request, "admin/system_kinds.html", {"kinds": [_kind(kind) for kind in registry.kinds()]})


@require_http_methods(["GET", "POST"])
@gate(Function.ADMIN)
def add(request: SignedIn, kind: str) -> HttpResponse:
    """A new system of a kind. It stands switched off until two people put it in use."""
    if kind not in registry.kinds():
        raise absent("kind of system")
    setup = _setup(kind)
    form = SystemForm(request.POST if request.method == "POST" else None, kind=kind, setup=setup)
    status = 200
    if request.method == "POST":
        done = act(request, form, lambda given, at: add_system(wanted=given.wanted(), by=request.user, at=at))
        if not isinstance(done, Refused):
            messages.success(request, _("%(name)s is configured and switched off.") % {"name": done.name})
            return redirect("admin:system", done.key)
        status = done.status
    context = {
        "form": form,
        "title": _("Add a system: %(kind)s") % {"kind": _(setup.title) if setup.title else kind},
        "intro": _("Nothing is read or believed before two people put it in use. Secrets are laid ready elsewhere."),
        "submit": _("Add the system"),
        "act": "add-system",
        "back_url": reverse("admin:system_kinds"),
        "back": _("Another kind"),
    }
    return render(request, "admin/form.html", context, status=status)


@require_GET
@gate(Function.ADMIN, Function.ONCALL)
def system(request: SignedIn, key: str) -> HttpResponse:
    """One system: its configuration, credentials by name, how far its reading is, and what can be done."""
    return render(request, "admin/system.html", _page(request, _system(key), None))


@require_POST
@gate(Function.ADMIN)
def trial(request: SignedIn, key: str) -> HttpResponse:
    """Ask the system for its first few things and say what came of it."""
    found = _system(key)
    tried = try_system(system=found, by=request.user, at=timezone.now())
    return render(request, "admin/system.html", _page(request, found, tried))


@require_http_methods(["GET", "POST"])
@gate(Function.ADMIN)
def configure(request: SignedIn, key: str) -> HttpResponse:
    """Another configuration: at once where nothing uses it yet, else asked of a second person."""
    found = _system(key)
    kept, setup = standing(found), _setup(found.kind)
    in_use = found.enabled or was_in_use(found)
    data = request.POST if request.method == "POST" else None
    form = (UseForm if in_use else SystemForm)(data, kind=found.kind, setup=setup, standing=kept)
    status = 200
    if request.method == "POST":
        done = act(
            request,
            form,
            lambda given, at: (
                request_use(wanted=given.wanted(), reason=given.cleaned_data["reason"], by=request.user, at=at)
                if in_use
                else change_system(wanted=given.wanted(), by=request.user, at=at)
            ),
        )
        if not isinstance(done, Refused):
            return landed(request, done, said=_("It stands so now."), to=reverse("admin:system", args=[key]))
        status = done.status
    intro = _("It goes on as it is until a second person confirms.") if in_use else ""
    context = {
        "form": form,
        "title": _("Change %(name)s") % {"name": found.name},
        "intro": intro,
        "submit": _("Ask for it") if in_use else _("Change it"),
        "act": "configure-system",
        "back_url": reverse("admin:system", args=[key]),
        "back": found.name,
    }
    return render(request, "admin/form.html", context, status=status)


@require_POST
@gate(Function.ADMIN)
def use(request: SignedIn, key: str) -> HttpResponse:
    """Ask for a system to be put in use as it stands configured."""
    found = _system(key)
    form = WhyForm(request.POST)
    done = act(
        request,
        form,
        lambda given, at: request_use(wanted=standing(found), reason=given.cleaned_data["why"], by=request.user, at=at),
    )
    if isinstance(done, Refused):
        return render(request, "admin/system.html", _page(request, found, None, use=form), status=done.status)
    return landed(request, done, said="", to=reverse("admin:system", args=[key]))


@require_POST
@gate(Function.ADMIN)
def stop(request: SignedIn, key: str) -> HttpResponse:
    """Pause: nothing reads or writes it from now on."""
    found = _system(key)
    form = WhyForm(request.POST)
    done = act(request, form, lambda given, at: pause(key=key, why=given.cleaned_data["why"], by=request.user, at=at))
    if isinstance(done, Refused):
        return render(request, "admin/system.html", _page(request, found, None, stop=form), status=done.status)
    return landed(
        request, done, said=_("Nothing reads or writes it from now on."), to=reverse("admin:system", args=[key])
    )


@require_POST
@gate(Function.ADMIN)
@leading_back("/connectors/")
def refresh(request: SignedIn, key: str) -> HttpResponse:
    """Have everything read now."""
    with transaction.atomic(durable=True):
        ask_refresh(key=key, by=request.user, at=timezone.now())
    messages.success(request, _("It is read in full as soon as a worker is free."))
    return redirect("admin:system", key)


@require_POST
@gate(Function.ADMIN)
@leading_back("/connectors/")
def remove(request: SignedIn, key: str) -> HttpResponse:
    """Take out a system that nothing rests on."""
    with transaction.atomic(durable=True):
        remove_system(key=key, by=request.user, at=timezone.now())
    messages.success(request, _("The system is gone. Its credentials still lie where they were laid: remove them too."))
    return redirect("admin:connectors")


def _system(key: str) -> System:
    found = System.objects.filter(key=key).first()
    if found is None:
        raise absent("system")
    return found


def _setup(kind: str) -> Setup:
    try:
        return registry.setup_of(kind)
    except ConnectorError:
        return UNDECLARED


def _kind(kind: str) -> Kind:
    try:
        setup = registry.setup_of(kind)
    except ConnectorError as error:
        return Kind(kind, kind, False, str(error))
    return Kind(kind, _(setup.title) if setup.title else kind, setup.stages == ("read",), "")


def _page(
    request: SignedIn, found: System, tried: Tried | None, *, use: WhyForm | None = None, stop: WhyForm | None = None
) -> dict[str, Any]:
    setup = _setup(found.kind)
    waiting = ControlChange.objects.filter(kind=USE, target=f"system:{found.key}", state="requested")
    changes = changes_in_words(waiting, account=request.user)
    used = was_in_use(found)
    return {
        "now": timezone.now(),
        "system": found,
        "kind": _(setup.title) if setup.title else found.kind,
        "secrets": _(setup.secrets) if setup.secrets else "",
        "settings": [(name, setting_words(value)) for name, value in sorted(found.settings.items())],
        "credentials": credentials_of(found, setup),
        "progress": progress_of(found),
        "tried": tried,
        "changes": changes,
        "was_in_use": used,
        "may_act": str(Function.ADMIN) in request.user.functions,
        "may_ask": not found.enabled and not changes,
        "may_remove": not found.enabled and not used and not changes,
        "use_form": use or WhyForm(auto_id="id_use_%s"),
        "stop_form": stop or WhyForm(auto_id="id_stop_%s"),
    }
