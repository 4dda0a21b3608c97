"""What belongs to the people's side alone: comments, snoozes, saved views, last looks."""

from django.db import models
from django.db.models import Q

from orchestr.ids import Identified


class Comment(Identified):
    """A person's note on a proposal, or on one change of it; a blocker must be resolved before approval."""

    proposal = models.ForeignKey("orchestr.Proposal", on_delete=models.PROTECT, related_name="comments")
    person = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, related_name="+")
    index = models.PositiveIntegerField(null=True, help_text="The change it speaks of; null: the whole.")
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        db_table = "reviews_comment"
        indexes = [models.Index(fields=["proposal", "at"])]


class Snooze(Identified):
    """Not now, for one person."""

    proposal = models.ForeignKey("orchestr.Proposal", on_delete=models.CASCADE, related_name="snoozes")
    person = models.ForeignKey("orchestr.Person", on_delete=models.CASCADE, related_name="+")
    until = models.DateTimeField()

    class Meta:
        db_table = "reviews_snooze"
        constraints = [models.UniqueConstraint(fields=["proposal", "person"], name="snooze_once")]


class Look(Identified):
    """When a person last looked at a proposal, or (proposal null) at their home page."""

    person = models.ForeignKey("orchestr.Person", on_delete=models.CASCADE, related_name="+")
    proposal = models.ForeignKey("orchestr.Proposal", on_delete=models.CASCADE, null=True, related_name="looks")
    number = models.PositiveIntegerField(default=0, help_text="The version seen.")
    at = models.DateTimeField()

    class Meta:
        db_table = "reviews_look"
        constraints = [
            models.UniqueConstraint(fields=["person", "proposal"], name="look_once"),
            models.UniqueConstraint(fields=["person"], condition=Q(proposal=None), name="look_home_once"),
        ]


class Unsent(Identified):
    """A change set that a person is writing: theirs alone, judged by nobody, until it becomes a proposal.

    `things` are [type, key] in their order. `entries` hold what was typed, by row (see proposing/sheet.py), as it was
    typed: nothing is lost that cannot be read yet. Once sent, `proposal` says as what.
    """

    person = models.ForeignKey("orchestr.Person", on_delete=models.CASCADE, related_name="+")
    things = models.JSONField(default=list)
    entries = models.JSONField(default=dict)
    summary = models.CharField(max_length=2_000, default="", blank=True)
    rationale = models.TextField(default="", blank=True)
    atomicity = models.CharField(max_length=20, default="per_item")
    prediction = models.JSONField(default=dict, help_text="The form's texts: metric, direction, low, high, hours.")
    begun_at = models.DateTimeField()
    saved_at = models.DateTimeField()
    proposal = models.OneToOneField("orchestr.Proposal", on_delete=models.CASCADE, null=True, related_name="+")

    class Meta:
        db_table = "reviews_unsent"
        constraints = [
            models.CheckConstraint(
                condition=Q(atomicity__in=("all_or_compensate", "per_item")), name="unsent_atomicity_known"
            )
        ]
        indexes = [models.Index(fields=["person", "-saved_at"], condition=Q(proposal=None), name="unsent_of_person")]
