"""A revert that was asked for over a selection, and those of its proposals that are still being written."""

from django.db import models

from orchestr.ids import Identified


class Revert(Identified):
    """One plan that was pressed. What it does is in its executions, one for each proposal it touches."""

    selection = models.JSONField(help_text="What was asked for, as `Selection.wire` says it.")
    digest = models.CharField(max_length=64, help_text="The digest of the plan that was seen.")
    authority = models.CharField(max_length=20)
    why = models.TextField()
    requested_by = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    count = models.PositiveIntegerField(help_text="Lines of the plan that are put back.")
    kept = models.PositiveIntegerField(default=0, help_text="Lines of the plan that were left as they are.")

    class Meta:
        db_table = "orchestr_revert"
        indexes = [models.Index(fields=["-requested_at"], name="revert_recent")]


class AwaitedRevert(Identified):
    """A proposal that was still being written when it was to be put back: what is written by its end goes back then.

    `keep`: indexes of the items that stay. The row goes when the execution ends.
    """

    revert = models.ForeignKey(Revert, on_delete=models.PROTECT, related_name="awaited")
    proposal = models.OneToOneField("orchestr.Proposal", on_delete=models.PROTECT, related_name="awaited_revert")
    keep = models.JSONField(default=list)

    class Meta:
        db_table = "orchestr_awaited_revert"
