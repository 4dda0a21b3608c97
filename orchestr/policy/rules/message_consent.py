"""No message to customers who have not agreed to it (ePrivacy 2002/58/EC art. 13; § 7 UWG)."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.findings import Finding
from orchestr.policy.parameters import functions
from orchestr.policy.rule import Case, Rule, Tally
from orchestr.policy.texts.messages import message_after

NAME = "message_consent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    functions: tuple[str, ...] = functions("legal", help="Who would have to confirm an exception.")


def judge(case: Case, params: Params) -> Iterable[Finding]:
    """Consent is `true` and nothing else: what is not said was not given."""
    tally = Tally(NAME)
    for item in case.of("message"):
        message = message_after(item)
        if not message.off and not message.consent:
            tally.add("message_without_consent", "refuse", item.index, functions=params.functions)
    return tally.findings()


RULE = Rule(name=NAME, title="Consent to messages", params=Params, judge=judge)
