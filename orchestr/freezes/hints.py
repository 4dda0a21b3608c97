"""The wake that leaves this room on commit: where policy weighs freezes, what waits is judged again."""

from orchestr.live import wake

JUDGE = "orchestr.proposals.rejudging.again"


def changed() -> None:
    wake(JUDGE, queue="default")
