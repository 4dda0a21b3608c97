"""One proposal as one account sees it now: what every part of its page, and every file of it, starts from."""

from uuid import UUID

from django.db.models import Exists, F, OuterRef
from django.http import QueryDict
from django.utils import timezone

from orchestr.catalogue.models import Site
from orchestr.catalogue.tree import tree
from orchestr.execution.calendar.opening import forecast
from orchestr.execution.models import Execution, ExecutionItem
from orchestr.execution.states import ItemState
from orchestr.http import SignedIn
from orchestr.proposals.lines.work_out import is_large
from orchestr.proposals.models import Proposal, Verdict, Version
from orchestr.proposals.states import ProposalState
from orchestr.refusal import absent
from reviews.position import Position, Rights, positions_of
from reviews.proposal.buttons import Progress
from reviews.proposal.head import Head, head_of
from reviews.proposal.large.table import LargeSet
from reviews.queue.rows import segment_names, titles_of
from reviews.words.times import goes_out

OPEN = (ProposalState.DRAFT, ProposalState.APPROVED)


class Seen:
    """Raises Refusal (absent) where the account may not see it."""

    def __init__(self, request: SignedIn, proposal_id: UUID) -> None:
        self.account = request.user
        self.at = timezone.now()
        rows = Proposal.objects.visible_to(self.account).select_related(
            "segment_set", "agent", "person", "workflow", "run"
        )
        found = rows.filter(pk=proposal_id).first()
        if found is None:
            raise absent("proposal")
        self.proposal = found
        versions = found.versions.select_related("narrowed_by", "edited_by").defer("canonical", "plan")
        self.versions = list(versions.order_by("number"))
        self.version: Version = next(each for each in self.versions if each.number == found.number)
        self.verdict: Verdict | None = self.version.verdicts.defer("facts").order_by("-at", "-id").first()
        self.rights = Rights.of(self.account)
        self.sees_cost = self.rights.sees_cost(found)
        self.position: Position = positions_of(self.account, [found], rights=self.rights, at=self.at)[found.pk]
        executions = Execution.objects.filter(proposal=found).select_related("requested_by").order_by("-queued_at")
        self.executions = list(executions.annotate(number=F("version__number"), begun=_begun()))

    @property
    def open(self) -> bool:
        return self.proposal.state in OPEN

    def large(self, given: QueryDict) -> LargeSet | None:
        """The set as it is shown a page at a time; None where one page holds all of it."""
        if self.verdict is None or not is_large(self.version):
            return None
        return LargeSet(self.proposal, self.version, self.verdict, given=given, sees_cost=self.sees_cost)

    def head(self) -> Head:
        title = titles_of([self.proposal.pk]).get(self.proposal.pk, "")
        segments = list(segment_names([self.proposal]).values())
        channels = list(Site.objects.filter(key__in=self.proposal.channels).values_list("name", flat=True))
        return head_of(
            self.proposal, self.version, self.position, title=title, segments=segments, channels=channels,
            goes_out=self._goes_out(),
        )  # fmt: skip

    def _goes_out(self) -> str:
        """When it goes out, while that lies ahead."""
        if not self.open or self.progress().begun:
            return ""
        segments = {key for change in self.version.plan for key in change["segments"]}
        foretold = forecast(
            self.proposal,
            segments=segments | set(tree().above(segments)),
            systems={change["system"] for change in self.version.plan},
            at=self.at,
        )
        return goes_out(foretold, approved=self.proposal.state == ProposalState.APPROVED, now=self.at)

    def written(self) -> frozenset[int]:
        """The changes of the current version that are live already, of a set that is not settled yet."""
        mine = [each.pk for each in self.executions if each.kind == "apply" and each.version_id == self.version.pk]
        if not mine or not self.open:
            return frozenset()
        rows = ExecutionItem.objects.filter(execution__in=mine, state=ItemState.APPLIED)
        return frozenset(rows.values_list("index", flat=True))

    def progress(self) -> Progress:
        mine = [each for each in self.executions if each.kind == "apply" and each.number == self.proposal.number]
        return Progress(
            claimed=any(each.state not in ("stopped", "held") for each in mine), begun=any(each.begun for each in mine)
        )


def _begun() -> Exists:
    """Whether anything of an execution was ever intended."""
    return Exists(ExecutionItem.objects.filter(execution=OuterRef("pk"), intended_at__isnull=False))
