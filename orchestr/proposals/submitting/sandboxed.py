"""Work that writes only to sandboxes: what a test token brings, and what is rehearsed in a drill.

It is so bound for good, by `Proposal.sandbox_only`. The mark of a system may be taken away later, so it is looked at
when it is proposed, when somebody says yes, and in the transaction of each intent to write.
"""

from collections.abc import Collection, Mapping, Sequence

from orchestr.catalogue.models import System
from orchestr.policy.values import Json
from orchestr.refusal import Kind, Refusal

CODE = "not_a_sandbox"


def real_systems(keys: Collection[str]) -> frozenset[str]:
    """Those of these systems that are no sandboxes, as it stands now; one that is not there is none. One query."""
    wanted = frozenset(keys)
    return wanted - frozenset(System.objects.filter(key__in=wanted, sandbox=True).values_list("key", flat=True))


def leaves_the_sandbox(plan: Sequence[Mapping[str, Json]]) -> bool:
    """Whether anything of this plan would be written to a system that is no sandbox."""
    return bool(real_systems({change["system"] for change in plan}))


def refuse_real_systems(plan: Sequence[Mapping[str, Json]]) -> None:
    """Raise Refusal (403) naming the first change that would be written to a system that is no sandbox."""
    real = real_systems({change["system"] for change in plan})
    for change in plan:
        if change["system"] in real:
            raise Refusal(
                Kind.FORBIDDEN,
                CODE,
                f"Change {change['change']} would be written to {change['system']}, which is no sandbox: "
                "a test token writes only to sandboxes.",
                next="Propose what lies in a sandbox, naming it as the change's system, or use a token for real work.",
                params={"index": change["change"], "system": change["system"]},
            )
