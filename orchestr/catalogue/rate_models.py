"""How fast a system may be asked, and how full its bucket is: one row a system, shared by every worker."""

from django.db import models
from django.db.models import Q


class RateLimit(models.Model):
    """`per_minute` and `burst` are what a person has set instead of what the connector declares.

    `owed_until` is the bucket (a generic cell rate): every call moves it on by its own share of time, and who
    would move it further ahead than the burst allows waits. One number, so a restart of anything loses nothing.
    """

    system = models.OneToOneField("orchestr.System", on_delete=models.CASCADE, primary_key=True, related_name="rate")
    per_minute = models.PositiveIntegerField(null=True)
    burst = models.PositiveIntegerField(null=True)
    owed_until = models.DateTimeField()
    set_by = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "orchestr_rate_limit"
        constraints = [
            models.CheckConstraint(
                condition=Q(per_minute=None, burst=None) | Q(per_minute__gte=1, burst__gte=1), name="rate_limit_whole"
            )
        ]
