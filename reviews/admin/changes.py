"""Control changes in words: what was, what shall be, and which way it goes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from orchestr.agents.models import Agent, Tool
from orchestr.execution.behaviour.thresholds import LOOSEN
from orchestr.execution.calendar import change as calendar_change
from orchestr.execution.incidents.closing import CLOSE
from orchestr.execution.systems.configure import USE
from orchestr.freezes.planned import UNPLAN
from orchestr.governance import control
from orchestr.governance.models import ControlChange
from orchestr.governance.segment_rules import KIND as RULE
from orchestr.people.functions import Function
from orchestr.people.models import Account
from orchestr.policy.values import Json
from orchestr.rulebook.models import PolicyVersion
from orchestr.triggers.define import KIND as TRIGGER
from orchestr.triggers.models import Trigger
from orchestr.workflows.define import CHANGE as WORKFLOW
from orchestr.workflows.models import Workflow
from reviews.acts import Act
from reviews.admin import calendar_words, discrepancy_words, keeping_words
from reviews.admin.extents import segment_names
from reviews.admin.policy_words import differences_between
from reviews.admin.rights import right_label
from reviews.admin.rule_words import lines_of
from reviews.admin.stage_words import record_words, stage_label
from reviews.admin.system_form import setting_words
from reviews.admin.trigger_words import differences, wire_of
from reviews.admin.workflow_words import differences as differences_of_workflows
from reviews.templatetags.show import wire_value
from reviews.words.behaviour import NAMES, percent, span_words
from reviews.words.proposal import function_label

NOTHING = "–"
WEIGHS = {Function.ADMIN, Function.AUDITOR, Function.FINANCE, Function.LEGAL}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that would change. `way` is wider, narrower or "" where that means nothing."""

    label: str
    before: str
    after: str
    way: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One control change as people judge it; `confirm` and `reject` are drawn only while it waits."""

    id: UUID
    title: str
    url: str
    state: str
    requested_by: str
    requested_at: datetime
    settled_by: str
    settled_at: datetime | None
    reason: str
    digest: str
    lines: list[Line]
    confirmers: list[str]
    confirm: Act | None
    reject: Act | None
    unattended_url: str  # what it does to the worst unattended day, for whoever may read that; else empty


def changes_in_words(rows: QuerySet[ControlChange], *, account: Account) -> list[Change]:
    """These control changes, newest first as given, with what this account can do about each."""
    listed = rows.select_related("requested_by", "settled_by")
    return [_change(row, account) for row in listed]


def _change(row: ControlChange, account: Account) -> Change:
    title, url, lines = _words(row)
    waiting = row.state == ControlChange.State.REQUESTED
    return Change(
        id=row.pk,
        title=title,
        url=url,
        state=row.state,
        requested_by=row.requested_by.name,
        requested_at=row.requested_at,
        settled_by=row.settled_by.name if row.settled_by else "",
        settled_at=row.settled_at,
        reason=row.reason,
        digest=row.digest,
        lines=lines,
        confirmers=[function_label(name) for name in sorted(control.confirmers_of(row.kind))],
        confirm=_confirm(row, account) if waiting else None,
        reject=_reject(row, account) if waiting else None,
        unattended_url=_unattended(row, account) if waiting else "",
    )


def _confirm(row: ControlChange, account: Account) -> Act:
    why_not = ""
    if row.requested_by_id == account.person_id:
        why_not = _("You asked for this: a second person confirms it.")
    elif not account.functions & control.confirmers_of(row.kind):
        why_not = _("Your account may not confirm this kind of change.")
    return Act(reverse("admin:confirm", args=[row.pk]), _("Confirm and put in force"), why_not)


def _reject(row: ControlChange, account: Account) -> Act | None:
    if row.requested_by_id == account.person_id:
        return Act(reverse("admin:reject", args=[row.pk]), _("Take the request back"))
    if not account.functions & control.confirmers_of(row.kind):
        return None
    return Act(reverse("admin:reject", args=[row.pk]), _("Reject"))


def _unattended(row: ControlChange, account: Account) -> str:
    bears = row.kind in ("scope", "workflow.stage", "policy.publish")
    return reverse("admin:change_unattended", args=[row.pk]) if bears and account.functions & WEIGHS else ""


def _words(row: ControlChange) -> tuple[str, str, list[Line]]:
    """Title, address of the thing itself and the lines; a kind of another release is shown by its values."""
    before, after = dict(row.before or {}), dict(row.after or {})
    writers = {
        "scope": _scope,
        "workflow.stage": _stage,
        "policy.publish": _policy,
        "freeze.thaw": _thaw,
        "grant": _grant,
        USE: _system,
        CLOSE: _close,
        LOOSEN: _threshold,
        TRIGGER: _trigger,
        RULE: _rule,
        WORKFLOW: _workflow,
    }
    timed = {
        calendar_change.KIND: calendar_words.windows,
        UNPLAN: calendar_words.unplan,
        **keeping_words.WORDS,
        **discrepancy_words.WORDS,
    }
    if row.kind in timed:
        title, url, label, was, then = timed[row.kind](row, before, after)
        return title, url, [Line(label, was, then, "wider")]
    if row.kind in writers:
        return writers[row.kind](row, before, after)
    names = sorted({*before, *after})
    lines = [Line(name, wire_value(before.get(name)), wire_value(after.get(name))) for name in names]
    return _("%(kind)s of %(target)s") % {"kind": row.kind, "target": row.target}, "", lines


def _scope(row: ControlChange, before: dict[str, Json], after: dict[str, Json]) -> tuple[str, str, list[Line]]:
    agent = Agent.objects.filter(pk=after["agent"]).first()
    tool = Tool.objects.filter(pk=after["tool"]).first()
    named = {"agent": agent.name if agent else row.target, "tool": tool.name if tool else row.target}
    title = _("Widen what %(agent)s may do with %(tool)s") if before else _("Let %(agent)s use %(tool)s")
    url = reverse("admin:scope", args=[agent.key, tool.pk]) if agent and tool else ""
    lists = [
        (_("Segments"), segment_names(before.get("segments", [])), segment_names(after["segments"])),
        (_("Channels"), before.get("channels", []), after["channels"]),
        (_("Also readable"), before.get("field_classes", []), after["field_classes"]),
    ]
    if "writes" in after:
        lists.append((_("What the tool does"), after["wrote"], after["writes"]))
    lines = [_list_line(label, was, then) for label, was, then in lists if set(was) != set(then)]
    limits = {**before.get("limits", {}), **after["limits"]}
    for name in sorted(limits):
        lines += _limit_line(name, before, after)
    if not before or before.get("expires_at") != after["expires_at"]:
        lines.append(Line(_("Ends"), _end(before, bool(before)), _end(after, True), _later(before, after)))
    return title % named, url, lines


def _rule(row: ControlChange, before: dict[str, Json], after: dict[str, Json]) -> tuple[str, str, list[Line]]:
    name = (after or before)["name"]
    title = _("Let %(name)s hold nothing any more") if not after else _("Say what the segment %(name)s holds")
    waiting = row.state == ControlChange.State.REQUESTED
    return (
        title % {"name": name},
        reverse("admin:rules"),
        [Line(*each) for each in lines_of(before, after, count=waiting)],
    )


def _threshold(row: ControlChange, before: dict[str, Json], after: dict[str, Json]) -> tuple[str, str, list[Line]]:
    title = _("Let a breaker trip later: %(name)s") % {"name": NAMES.get(str(after["name"]), row.target)}
    share = str(after["name"]).endswith("_share")
    figures = [
        (_("Limit"), *((percent(each["limit"]) if share else str(each["limit"])) for each in (before, after))),
        (_("Within"), *(span_words(each["window_s"]) for each in (before, after))),
        (_("Of at least"), *(str(each["least"]) for each in (before, after))),
    ]
    lines = [Line(label, was, then) for label, was, then in figures if was != then]
    return title, reverse("reviews:breakers"), lines


def _list_line(label: str, was: Iterable[str], then: Iterable[str]) -> Line:
    gone, come = set(was) - set(then), set(then) - set(was)
    way = "" if gone and come else "wider" if come else "narrower"
    return Line(label, ", ".join(sorted(was)) or NOTHING, ", ".join(sorted(then)) or NOTHING, way)


def _limit_line(name: str, before: Mapping[str, Json], after: Mapping[str, Json]) -> list[Line]:
    was, then = before.get("limits", {}).get(name), after["limits"].get(name)
    if was == then:
        return []
    label = _("Changes in one proposal, at most") if name == "changes_per_proposal" else name
    way = "" if not before else "wider" if then is None or (was is not None and then > was) else "narrower"
    unlimited = _("no limit")
    first = NOTHING if not before else unlimited if was is None else wire_value(was)
    return [Line(label, first, unlimited if then is None else wire_value(then), way)]


def _end(values: Mapping[str, Json], there: bool) -> str:
    if not there:
        return NOTHING
    end = values.get("expires_at")
    return _("never by itself") if end is None else f"{datetime.fromisoformat(end):%Y-%m-%d %H:%M} UTC"


def _later(before: Mapping[str, Json], after: Mapping[str, Json]) -> str:
    if not before:
        return ""
    was, then = before.get("expires_at"), after["expires_at"]
    return "wider" if then is None or (was is not None and then > was) else "narrower"


def _stage(row: ControlChange, before: dict[str, Json], after: dict[str, Json]) -> tuple[str, str, list[Line]]:
    key = row.target.removeprefix("workflow:")
    workflow = Workflow.objects.filter(key=key).first()
    title = _("Raise the stage of %(workflow)s") % {"workflow": workflow.name if workflow else key}
    lines = [
        Line(_("Stage"), stage_label(before["stage"]), stage_label(after["stage"]), "wider"),
        Line(_("Version of the workflow"), str(before["version"]), str(after["version"])),
    ]
    if "shown" in after:
        lines.append(Line(_("Its record when this was asked for"), NOTHING, record_words(after["shown"])))
    return title, reverse("admin:workflow", args=[key]), lines


def _workflow(row: ControlChange, before: dict[str, Json], after: dict[str, Json]) -> tuple[str, str, list[Line]]:
    key = row.target.removeprefix("workflow:")
    workflow = Workflow.objects.filter(key=key).first()
    title = _("Let the workflow %(workflow)s do more") % {"workflow": workflow.name if workflow else key}
    found = differences_of_workflows(before["definition"], after["definition"])
    lines = [Line(each.label, each.before, each.after, each.way) for each in found]
    return title, reverse("admin:workflow", args=[key]), lines


def _trigger(row: ControlChange, before: dict[str, Json], after: dict[str, Json]) -> tuple[str, str, list[Line]]:
    key = row.target.removeprefix("trigger:")
    trigger = Trigger.objects.filter(key=key).first()
    name = trigger.name if trigger else key
    title = _("Let %(trigger)s start more") if before else _("Let %(trigger)s start runs")
    lines = [Line(label, was, then, "wider") for label, was, then in differences(wire_of(before), after["definition"])]
    return title % {"trigger": name}, reverse("admin:trigger", args=[key]), lines


def _policy(row: ControlChange, before: dict[str, Json], after: dict[str, Json]) -> tuple[str, str, list[Line]]:
    number = after["number"]
    title = _("Put policy version %(n)d in force") % {"n": number}
    versions = {
        each.number: each for each in PolicyVersion.objects.filter(number__in=[number, before.get("number", 0)])
    }
    standing = versions.get(before.get("number", 0))
    lines = [
        Line(f"{each.rule_title}: {each.label}", each.before, each.after, each.way)
        for each in differences_between(standing, versions[number])
    ]
    names = [{row["name"] for row in each.examples} if each else set() for each in (standing, versions[number])]
    if gone := sorted(names[0] - names[1]):
        lines.append(Line(_("Examples taken out"), "; ".join(gone), NOTHING, "wider"))
    if after.get("effective_from"):
        starts = datetime.fromisoformat(after["effective_from"])
        lines.append(Line(_("In force from"), NOTHING, f"{starts:%Y-%m-%d %H:%M} UTC"))
    return title, reverse("admin:policy_version", args=[number]), lines


def _thaw(row: ControlChange, before: dict[str, Json], after: dict[str, Json]) -> tuple[str, str, list[Line]]:
    title = _("Thaw %(target)s") % {"target": after["target"]}
    return title, "/oncall/", [Line(after["target"], _("frozen"), _("running again"), "wider")]


def _grant(row: ControlChange, before: dict[str, Json], after: dict[str, Json]) -> tuple[str, str, list[Line]]:
    account = Account.objects.select_related("person").filter(pk=after["account"]).first()
    who = f"{account.person.name} ({account.username})" if account else after["account"]
    url = reverse("admin:account", args=[after["account"]])
    if "function" in after:
        title = _("Give %(who)s a function") % {"who": who}
        return title, url, [Line(_("Function"), NOTHING, function_label(after["function"]), "wider")]
    title = _("Give %(who)s a right") % {"who": who}
    where = ", ".join(segment_names([after["segment"]]))
    return title, url, [Line(right_label(after["right"]), NOTHING, where, "wider")]


def _system(row: ControlChange, before: dict[str, Json], after: dict[str, Json]) -> tuple[str, str, list[Line]]:
    url = reverse("admin:system", args=[after["key"]])
    labels = [("name", _("Name")), ("url", _("Address")), ("sandbox", _("A sandbox"))]
    lines = [
        Line(label, wire_value(before.get(name)), wire_value(after.get(name)))
        for name, label in labels
        if before.get(name) != after.get(name)
    ]
    was, then = before.get("settings") or {}, after.get("settings") or {}
    lines += [
        Line(name, setting_words(was.get(name)), setting_words(then.get(name)))
        for name in sorted({*was, *then})
        if before.get("enabled") and was.get(name) != then.get(name)
    ]
    if before.get("enabled"):
        return _("Change the system %(name)s") % {"name": after["name"]}, url, lines
    lines += [
        Line(_("Kind of system"), NOTHING, after["kind"]),
        Line(_("Address"), NOTHING, after["url"]),
        *(Line(name, NOTHING, setting_words(value)) for name, value in sorted(then.items())),
        Line(_("Read, believed, and its tools there for agents"), _("switched off"), _("in use"), "wider"),
    ]
    return _("Put the system %(name)s in use") % {"name": after["name"]}, url, lines


def _close(row: ControlChange, before: dict[str, Json], after: dict[str, Json]) -> tuple[str, str, list[Line]]:
    url = reverse("reviews:incident", args=[after["incident"]])
    return _("Close an incident"), url, [Line(_("Its evidence"), _("kept"), _("may be deleted again"), "wider")]
