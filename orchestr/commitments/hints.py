"""The wake that leaves this room on commit: what waits is judged again by what stands now."""

from orchestr.live import wake

JUDGE = "orchestr.proposals.rejudging.again"


def changed() -> None:
    wake(JUDGE, queue="default")
