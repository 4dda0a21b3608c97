"""The rules as docs/policy.md shows them, written from the code: `bin/rules` puts them there, a test holds them to it."""

import ast
import inspect
import sys
from collections.abc import Iterator, Mapping, Sequence

from orchestr.policy.findings import EFFECTS
from orchestr.policy.parameters import Spec, default_of, specs
from orchestr.policy.rule import Rule
from orchestr.policy.rules import RULES
from orchestr.policy.values import Json, Money
from orchestr.policy.words.findings import plain

BEGIN = "<!-- The rules, written by bin/rules from the code. Do not edit between these lines. -->"
END = "<!-- End of what bin/rules writes. -->"

# Where a law stands behind a rule or limits its use. A pointer for the reader, no advice.
LAW: Mapping[str, str] = {
    "prior_price": "Directive 98/6/EC art. 6a; CJEU C-330/23 (Aldi Süd); in Germany § 11 PAngV",
    "cost": "Some states restrict sales below cost: in Germany § 20 (3) GWB, in France art. L. 442-5 Code de commerce",
    "minimum_price": "A price that law fixes (in Germany books: § 5 BuchPrG) or the shop sets itself. What a supplier "
    "may ask for is limited: art. 101 TFEU, Regulation (EU) 2022/720 art. 4",
    "copy_claims": "Directive 2005/29/EC art. 6, 7 and 12; health: Regulation (EC) 1924/2006; environment: Directive "
    "(EU) 2024/825; price and stock: Directive 2005/29/EC annex I no. 5 to 7",
    "copy_characters": "Directive 2005/29/EC art. 7 (2): what is hidden or unintelligible counts as left out",
    "evidence_source": "Directive 2005/29/EC art. 12: a trader has to prove claims of fact",
    "promotion_window": "Directive 2005/29/EC annex I no. 7: no false limit of time",
    "message_consent": "Directive 2002/58/EC art. 13; in Germany § 7 UWG",
    "message_discount": "Directive 2005/29/EC art. 6 (1) (d) and annex I no. 5",
}
UNITS: Mapping[str, str] = {"bp": "basis points", "moneys": "money", "money": "money"}
TIGHTER: Mapping[str, str] = {
    "lower": "lower",
    "higher": "higher",
    "stricter": "stricter",
    "more": "more of them",
    "fewer": "fewer of them",
}
LISTED = 6  # of a list of words so many are shown


def rules_in_markdown() -> str:
    """Every registered rule: one table of all, then each with its parameters."""
    return "\n".join([*_overview(), *(line for rule in RULES.values() for line in _section(rule))]).rstrip() + "\n"


def with_rules(page: str) -> str:
    """The page with what stands between its two marks written anew. Raises ValueError where they are not there."""
    before, begin, rest = page.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("the page has no place for the rules")
    return f"{before}{BEGIN}\n\n{rules_in_markdown()}\n{END}{after}"


def _overview() -> Iterator[str]:
    yield f"{len(RULES)} rules. The strictest finding wins; what a rule says depends on its parameters."
    yield ""
    yield "| rule | what it looks at | says by default | an exception of a refusal needs |"
    yield "|---|---|---|---|"
    for rule in RULES.values():
        excepted = " and ".join(rule.excepted_by) or "never given"
        if "refuse" not in effects_of(rule):
            excepted = "–"
        yield f"| [`{rule.name}`](#{_anchor(rule)}) | {_cell(rule.title)} | {', '.join(effects_of(rule))} | {excepted} |"
    yield ""


def _section(rule: Rule) -> Iterator[str]:
    yield f"### {rule.title} (`{rule.name}`)"
    yield ""
    yield inspect.getdoc(sys.modules[rule.judge.__module__]) or ""
    yield ""
    if rule.judges:
        yield f"Decides how many persons a change of {' or '.join(sorted(rule.judges))} needs at least."
        yield ""
    if rule.name in LAW:
        yield f"Law: {LAW[rule.name]}."
        yield ""
    known = specs(rule.params)
    if not known:
        yield "Nothing to set: it always holds."
        yield ""
        return
    yield "| parameter | default | unit | tighter is | what it does |"
    yield "|---|---|---|---|---|"
    for name, spec in known.items():
        default = _shown(spec, default_of(rule.params, name))
        unit = UNITS.get(spec.unit, spec.unit)
        yield f"| `{name}` | {_cell(default)} | {unit} | {TIGHTER[spec.tighter]} | {_cell(spec.help)} |"
    yield ""


def effects_of(rule: Rule) -> Sequence[str]:
    """What the rule may say at its defaults: the effects its own code names, and those its parameters are set to."""
    module = ast.parse(inspect.getsource(sys.modules[rule.judge.__module__]))
    code = [part for part in module.body if not (isinstance(part, ast.ClassDef) and part.name == rule.params.__name__)]
    nodes = (node for part in code for node in ast.walk(part))
    said = {node.value for node in nodes if isinstance(node, ast.Constant) and node.value in EFFECTS}
    known = specs(rule.params)
    said |= {default_of(rule.params, name) for name, spec in known.items() if spec.kind == "effect"}
    return [effect for effect in EFFECTS if effect in said]


def _shown(spec: Spec, value: Json) -> str:
    if value is None:
        return "no such limit"
    if isinstance(value, tuple):
        parts = [plain(one, "money") if isinstance(one, Money) else str(one) for one in value]
        if spec.kind == "texts" and len(parts) > LISTED:
            return f"{len(parts)} entries: {', '.join(parts[:LISTED])} …"
        return ", ".join(parts) or "none"
    if spec.unit == "bp":
        return f"{value} ({plain(value, 'bp')})"
    if spec.unit == "seconds" and value:
        return f"{value} ({plain(value, 'seconds')})"
    return str(value)


def _anchor(rule: Rule) -> str:
    """What the usual renderers make of the section's heading."""
    heading = f"{rule.title} ({rule.name})".lower()
    return "".join("-" if sign == " " else sign for sign in heading if sign.isalnum() or sign in " -_")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*").replace("\n", " ")
