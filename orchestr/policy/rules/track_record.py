"""How often people blocked, or put back, what this agent proposed lately."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import functions, number
from orchestr.policy.risk import BASE
from orchestr.policy.rule import Case, Rule

NAME = "track_record"
MOST = 200  # settled proposals that the facts hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    last: int = number(
        50,
        unit="proposals",
        tighter="higher",
        minimum=1,
        maximum=MOST,
        help="How many settled proposals are looked at.",
    )
    at_least: int = number(
        20, unit="proposals", tighter="lower", minimum=1, maximum=MOST, help="Fewer than this are too few to tell."
    )
    single_over_bp: int = number(
        3000, unit="bp", tighter="lower", help="A larger share blocked or put back than this needs one person."
    )
    dual_over_bp: int | None = number(
        None, unit="bp", tighter="lower", optional=True, help="A larger share than this needs two persons."
    )
    functions: tuple[str, ...] = functions(help="Who must be among those who decide then.")


def judge(case: Case, params: Params) -> Iterable[Finding]:
    """The share only ever asks for more: an agent too new to tell is judged as if there were no such rule."""
    around = case.facts.around
    if around is None or around.track is None:
        return ()
    return _share(around.track, params)


def _share(track: str, params: Params) -> tuple[Finding, ...]:
    looked_at = track[: params.last]
    settled = len(looked_at)
    if settled < params.at_least:
        return (
            Finding(
                rule=NAME,
                code="track_too_new",
                effect="info",
                value=settled,
                threshold=params.at_least,
                unit="items",
            ),
        )
    bad = settled - looked_at.count("p")
    share = -(-bad * 10_000 // settled)
    effect: Effect
    if params.dual_over_bp is not None and share > params.dual_over_bp:
        effect, threshold = "dual", params.dual_over_bp
    elif share > params.single_over_bp:
        effect, threshold = "single", params.single_over_bp
    else:
        return ()
    return (
        Finding(
            rule=NAME,
            code="track_record",
            effect=effect,
            functions=params.functions,
            value=share,
            threshold=threshold,
            unit="bp",
            weight=BASE[effect],
            params={"bad": bad, "settled": settled},
        ),
    )


RULE = Rule(name=NAME, title="Track record of the agent", params=Params, judge=judge)
