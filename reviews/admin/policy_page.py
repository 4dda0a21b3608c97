"""What the page of one policy version shows: state, differences, examples, layers, rules, hygiene, the other versions."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orchestr.governance.models import ControlChange
from orchestr.http import SignedIn
from orchestr.people.functions import Function
from orchestr.policy.examples import parse_examples
from orchestr.policy.ruleset import Policy, loosens
from orchestr.proposals.exceptions.models import PolicyException
from orchestr.proposals.hygiene import Hygiene, hygiene_of
from orchestr.proposals.models import Proposal
from orchestr.proposals.rejudging.models import Rejudging
from orchestr.rulebook.models import PolicyVersion
from reviews.admin.changes import WEIGHS, changes_in_words
from reviews.admin.policy_examples import ExampleForm, examples_in_words
from reviews.admin.policy_layers import layers_in_words
from reviews.admin.policy_words import (
    differences_between,
    dotted_in_words,
    label_of,
    policy_of,
    rules_in_words,
    title_of,
)

LISTED = 50


class PublishForm(forms.Form):
    effective_from = forms.DateTimeField(
        label=gettext_lazy("In force from (UTC)"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=gettext_lazy("Blank: as soon as a second person confirms."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("The second person judges by it."),
    )


def around(request: SignedIn, row: PolicyVersion | None, form: PublishForm) -> dict[str, Any]:
    """The context of admin/policy.html."""
    now: datetime = timezone.now()
    standing = PolicyVersion.objects.standing(now)
    before = None if row is None else _before(row, standing, now)
    waiting = ControlChange.objects.filter(kind="policy.publish", state="requested").order_by("-requested_at")
    is_draft = row is not None and row.state == PolicyVersion.State.DRAFT
    asked = is_draft and row is not None and waiting.filter(target=f"policy:{row.number}").exists()
    parsed = None if row is None else policy_of(row)
    may_act = Function.ADMIN in request.user.functions
    visible = PolicyException.objects.filter(proposal__in=Proposal.objects.visible_to(request.user))
    return {
        "now": now,
        "version": row,
        "in_force": standing,
        "to_come": PolicyVersion.objects.to_come(now),
        "policy": parsed,
        "rules": [] if parsed is None else rules_in_words(parsed),
        "before": before,
        "differences": [] if row is None else differences_between(before, row),
        "loosens": parsed is not None and before is not None and loosens(policy_of(before), parsed),
        "examples_changed": _examples_changed(before, row),
        "versions": PolicyVersion.objects.select_related("author", "approver").order_by("-number")[:LISTED],
        "changes": changes_in_words(waiting, account=request.user),
        "asked": asked,
        "is_draft": is_draft,
        "may_act": may_act,
        "weighs": bool(request.user.functions & WEIGHS),
        "may_change": may_act
        and is_draft
        and not asked
        and row is not None
        and row.author_id == request.user.person_id,
        "form": form,
        "exceptions": {"live": visible.live(now).count(), "waiting": visible.waiting(now).count()},
        **_of_version(row, parsed, standing, now),
    }


def _of_version(
    row: PolicyVersion | None, policy: Policy | None, standing: PolicyVersion | None, now: datetime
) -> dict[str, Any]:
    if row is None or policy is None:
        return {"examples": [], "layers": [], "allows": [], "hygiene": None, "rejudged": None}
    examples = examples_in_words(row, policy)
    return {
        "examples": examples,
        "failing": sum(not each.passes for each in examples),
        "example_form": ExampleForm(stamp=row.stamp, auto_id="example-%s"),
        "stamp": row.stamp,
        "layers": layers_in_words(policy.layers),
        "allows": [(name, dotted_in_words(name)) for name in sorted(policy.allows)],
        "hygiene": _hygiene(hygiene_of(policy, at=now)) if row == standing else None,
        "rejudged": Rejudging.objects.filter(occasion=f"policy:{row.number}").first(),
    }


def _hygiene(found: Hygiene) -> dict[str, Any]:
    """Each question with its rules and figures; nothing where there is none."""
    return {
        "verdicts": found.verdicts,
        "cut": found.cut,
        "rules": [
            {
                "name": each.rule,
                "title": title_of(each.rule),
                "fired": each.fired,
                "refused": each.refused,
                "excepted": each.excepted,
                "said": _said(each, found),
            }
            for each in found.rules
        ],
        "never": len(found.never),
        "contradicting": [
            {
                "name": each.rule,
                "title": title_of(each.rule),
                "never": label_of(each.never),
                "because": label_of(each.because),
            }
            for each in found.contradicting
        ],
    }


def _said(each: Any, found: Hygiene) -> list[str]:
    said = []
    if each in found.never:
        said.append(_("never fired"))
    if each.shadowed_by:
        names = ", ".join(title_of(name) for name in each.shadowed_by)
        said.append(_("always said as strictly by: %(rules)s") % {"rules": names})
    if each.always_overridden:
        said.append(_("always overridden by exceptions"))
    return said


def _before(row: PolicyVersion, standing: PolicyVersion | None, now: datetime) -> PolicyVersion | None:
    """What a version is compared with: the one in force for a draft or one to come, else the one before it."""
    if row.effective_from is None or row.effective_from > now:
        return standing
    earlier = PolicyVersion.objects.filter(effective_from__lt=row.effective_from).order_by("-effective_from")
    return earlier.first()


def _examples_changed(before: PolicyVersion | None, row: PolicyVersion | None) -> dict[str, list[str]]:
    """Names of examples that come, go or expect something else."""
    if before is None or row is None:
        return {}
    old, new = ({each.name: each for each in parse_examples(side.examples)} for side in (before, row))
    return {
        "added": sorted(new.keys() - old.keys()),
        "gone": sorted(old.keys() - new.keys()),
        "other": sorted(name for name in new.keys() & old.keys() if new[name] != old[name]),
    }
