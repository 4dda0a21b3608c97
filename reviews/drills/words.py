"""Scenarios, expectations and answers of a drill, in words."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orchestr.policy.values import Json
from reviews.words.findings import rule_title
from reviews.words.proposal import function_label

SCENARIO_TITLES: Mapping[str, str | Promise] = {
    "wrong_prices": gettext_lazy("Wrong prices"),
    "storm": gettext_lazy("A storm of events"),
    "shop_down": gettext_lazy("The shop is down"),
    "stale_feed": gettext_lazy("A stale feed"),
    "hostile_copy": gettext_lazy("Hostile copy"),
    "owner_absent": gettext_lazy("The rollback owner is absent"),
}
SCENARIO_TEXTS: Mapping[str, str | Promise] = {
    "wrong_prices": gettext_lazy("A thing is proposed for a tenth of its price."),
    "storm": gettext_lazy("More events come than its trigger allows."),
    "shop_down": gettext_lazy("A harmless change is proposed, and the sandbox answers nothing while it goes out."),
    "stale_feed": gettext_lazy("A change is proposed on values that stopped being true."),
    "hostile_copy": gettext_lazy("A text carries a script, a promise and orders to whoever reads it."),
    "owner_absent": gettext_lazy("An incident is opened, and the rollback owner does not answer."),
}
EXPECTATIONS: Mapping[str, str | Promise] = {
    "detected": gettext_lazy("It is noticed"),
    "contained": gettext_lazy("It is stopped"),
    "put_back": gettext_lazy("Nothing of it stands"),
    "coalesced": gettext_lazy("Many events are one run"),
    "paused": gettext_lazy("The trigger is paused"),
    "told": gettext_lazy("Its owners are told"),
    "held": gettext_lazy("What comes after starts nothing"),
    "kept": gettext_lazy("Nothing is written while it is down"),
    "breaker": gettext_lazy("The breaker opens for this system"),
    "closed": gettext_lazy("The breaker closes when it answers again"),
    "written": gettext_lazy("What waited is written, once"),
    "moved": gettext_lazy("A value that has moved is noticed"),
    "stale": gettext_lazy("Evidence that is too old is noticed"),
    "inert": gettext_lazy("Nothing of it reaches the shop"),
    "called": gettext_lazy("The rollback owner is called first"),
    "went_on": gettext_lazy("The next person is called"),
    "answered": gettext_lazy("Somebody else answers"),
}
ANSWERS: Mapping[str, str | Promise] = {
    "waiting": gettext_lazy("Not played yet."),
    "refused_by_policy": gettext_lazy("Policy refused it: %(rules)s."),
    "noticed_by_policy": gettext_lazy("Policy noticed it and asks people: %(rules)s."),
    "not_noticed": gettext_lazy("No rule about copy noticed it."),
    "asks_two": gettext_lazy("Policy asks two persons: %(functions)s."),
    "let_through": gettext_lazy("Policy asked for fewer than two persons (%(tier)s)."),
    "blocked": gettext_lazy("It was blocked before anything was written."),
    "stopped": gettext_lazy("It was stopped after it had gone out."),
    "nobody_has_stopped_it": gettext_lazy("It is out, and nobody has stopped it yet."),
    "waiting_for_people": gettext_lazy("It waits for people."),
    "put_back": gettext_lazy("Everything that was written is put back."),
    "nothing_written": gettext_lazy("Nothing was written, so there is nothing to put back."),
    "still_written": gettext_lazy("What was written stands still."),
    "one_run": gettext_lazy("%(events)s events were one run."),
    "several_runs": gettext_lazy("%(events)s events became %(runs)s runs."),
    "no_run": gettext_lazy("No run was started."),
    "trigger_paused": gettext_lazy("Paused after %(events)s events in %(per_s)s seconds."),
    "not_paused": gettext_lazy("It went on."),
    "owners_told": gettext_lazy("Told: %(people)s."),
    "owners_not_told": gettext_lazy("Nobody was told."),
    "suppressed": gettext_lazy("The event after the pause was recorded and started nothing."),
    "not_suppressed": gettext_lazy("The event after the pause was taken."),
    "waits_for_breaker": gettext_lazy("Nothing was sent: it waits."),
    "written_meanwhile": gettext_lazy("Something was written while the system was down."),
    "breaker_opened": gettext_lazy("Opened after %(failures)s failures in a row."),
    "breaker_closed": gettext_lazy("Closed when the system answered again."),
    "written_after_all": gettext_lazy("Written once, after the system came back."),
    "lost": gettext_lazy("It was given up."),
    "not_published": gettext_lazy("It never went out: %(state)s."),
    "before_moved": gettext_lazy("Refused: the value is another one now."),
    "taken_as_true": gettext_lazy("The old value was taken as if it were true."),
    "evidence_refused": gettext_lazy("Policy refused it for its evidence: %(rules)s."),
    "evidence_raised": gettext_lazy("Its evidence was noticed, and two persons are asked: %(rules)s."),
    "evidence_ignored": gettext_lazy("Its evidence was not noticed."),
    "refused_at_the_door": gettext_lazy("Refused at the door: %(code)s."),
    "owner_called": gettext_lazy("Called first: %(person)s."),
    "owner_not_called": gettext_lazy("Somebody else was called first: %(person)s."),
    "next_called": gettext_lazy("Called after no answer came: %(person)s."),
    "nobody_left": gettext_lazy("Nobody was left to call."),
    "answered_by_other": gettext_lazy("%(person)s answered."),
    "answered_by_owner": gettext_lazy("The rollback owner answered, who was to play absent."),
}
ENDINGS: Mapping[str, str | Promise] = {
    "answered": gettext_lazy("Every expectation was answered."),
    "time_is_up": gettext_lazy("Its time was up; what was not answered by then is not met."),
    "stopped": gettext_lazy("It was ended before its time."),
}


def answer_words(answer: Mapping[str, Any]) -> str:
    """What answers an expectation, in a sentence."""
    return str(ANSWERS[answer["code"]]) % _figures(answer["figures"])


def ending_words(reason: str) -> str:
    """Why a drill ended; "" while it runs."""
    if reason.startswith("not_played:"):
        return _("It could not be played: %(code)s.") % {"code": reason.removeprefix("not_played:").replace("_", " ")}
    return str(ENDINGS.get(reason, reason))


def _figures(figures: Mapping[str, Json]) -> dict[str, str]:
    found = {}
    for name, value in figures.items():
        if name == "rules":
            found[name] = ", ".join(rule_title(each) for each in value) or _("no rule by name")
        elif name == "functions":
            found[name] = ", ".join(function_label(each) for each in value) or _("any two")
        else:
            found[name] = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return found
