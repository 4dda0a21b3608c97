"""The chart of a proposal. `blocked` and `reverted` are final, but for a live exception."""

from django.db.models import TextChoices

from orchestr.chart import Arrow, Chart


class ProposalState(TextChoices):
    DRAFT = "draft"
    APPROVED = "approved"
    PUBLISHED = "published"
    REVERTED = "reverted"
    BLOCKED = "blocked"


class BlockedReason(TextChoices):
    POLICY = "policy"
    SHADOW = "shadow"
    REVIEWER = "reviewer"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    CONTAINED = "contained"
    FAILED = "failed"


class Turn(TextChoices):
    """Whose move it is while a proposal is in draft."""

    REVIEWERS = "reviewers"
    PROPOSER = "proposer"


_S = ProposalState

CHART = Chart(
    "proposal",
    ProposalState,
    Arrow("submit", None, _S.DRAFT),
    Arrow("submit", None, _S.APPROVED),
    Arrow("submit", None, _S.BLOCKED),
    Arrow("decide", _S.DRAFT, _S.DRAFT),
    Arrow("approve", _S.DRAFT, _S.APPROVED),
    Arrow("block", _S.DRAFT, _S.BLOCKED),
    Arrow("block", _S.APPROVED, _S.BLOCKED),
    Arrow("request_changes", _S.DRAFT, _S.DRAFT),
    Arrow("take_back", _S.DRAFT, _S.DRAFT),
    Arrow("take_back", _S.APPROVED, _S.DRAFT),
    Arrow("revise", _S.DRAFT, _S.DRAFT),
    Arrow("revise", _S.DRAFT, _S.APPROVED),
    Arrow("revise", _S.DRAFT, _S.BLOCKED),
    Arrow("revise", _S.APPROVED, _S.DRAFT),
    Arrow("revise", _S.APPROVED, _S.APPROVED),
    Arrow("revise", _S.APPROVED, _S.BLOCKED),
    Arrow("withdraw", _S.DRAFT, _S.BLOCKED),
    Arrow("withdraw", _S.APPROVED, _S.BLOCKED),
    Arrow("expire", _S.DRAFT, _S.BLOCKED),
    Arrow("expire", _S.APPROVED, _S.BLOCKED),
    Arrow("requeue", _S.APPROVED, _S.DRAFT),
    Arrow("publish", _S.APPROVED, _S.PUBLISHED),
    Arrow("fail", _S.APPROVED, _S.BLOCKED),
    Arrow("put_back", _S.APPROVED, _S.REVERTED),
    Arrow("put_back", _S.PUBLISHED, _S.REVERTED),
    Arrow("reopen", _S.BLOCKED, _S.DRAFT),
)
