"""The weekly windows within which a site, or a workflow, publishes."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from orchestr.ids import Identified


class PublicationWindow(Identified):
    """One span of local time on some weekdays. Whoever has none publishes at any time.

    A site's windows are in its own zone; a workflow's name theirs. Minutes are of the local day: 0 to 1440.
    """

    site = models.ForeignKey("orchestr.Site", on_delete=models.CASCADE, null=True, related_name="windows")
    workflow = models.ForeignKey("orchestr.Workflow", on_delete=models.CASCADE, null=True, related_name="windows")
    zone = models.CharField(max_length=64)
    days = ArrayField(models.PositiveSmallIntegerField(), help_text="ISO weekdays, 1 is Monday.")
    opens = models.PositiveSmallIntegerField()
    closes = models.PositiveSmallIntegerField()
    set_by = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        db_table = "orchestr_publication_window"
        constraints = [
            models.CheckConstraint(
                condition=Q(site=None, workflow__isnull=False) | Q(site__isnull=False, workflow=None),
                name="window_of_one",
            ),
            models.CheckConstraint(
                condition=Q(opens__lt=models.F("closes"), closes__lte=1440), name="window_opens_before_it_closes"
            ),
            models.CheckConstraint(condition=Q(days__len__gte=1), name="window_has_days"),
        ]
