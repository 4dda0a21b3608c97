"""What the table of a large change set is searched, sorted and summed by: a row for each planned change of a verdict."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from orchestr.ids import Identified


class PlanLine(Identified):
    """One planned change as one verdict saw it; made once, never changed, and made again from the facts if lost.

    `effect` and `open_effect` are ranks (`RANK` of findings) of the gravest finding that tells this change from
    others of its set; `open_effect` leaves out what would tell the cost. `delta_bp` and `margin_bp` are basis points.
    """

    verdict = models.ForeignKey("orchestr.Verdict", on_delete=models.PROTECT, related_name="lines")
    index = models.PositiveIntegerField(help_text="The change's index in the plan.")
    resource_id = models.UUIDField(null=True)
    system_id = models.UUIDField(null=True)
    field = models.CharField(max_length=60)
    address_key = models.CharField(max_length=500)
    name = models.TextField(help_text="SKU, key and title in capitals: what a search looks through.")
    segments = ArrayField(models.CharField(max_length=200), default=list)
    before = models.JSONField(null=True)
    delta_bp = models.IntegerField(null=True)
    margin_bp = models.IntegerField(null=True, help_text="Of the price afterwards, where cost is known.")
    units_7d = models.IntegerField(null=True)
    effect = models.PositiveSmallIntegerField()
    open_effect = models.PositiveSmallIntegerField()
    withheld = models.BooleanField(help_text="Whether its values are for those who see cost.")
    facts = models.TextField(help_text="The item's facts in wire shape, as JSON.")

    class Meta:
        db_table = "orchestr_plan_line"
        constraints = [models.UniqueConstraint(fields=["verdict", "index"], name="plan_line_once")]
