"""How far what waits has been judged again, for each occasion: the place to go on from after a stop."""

from django.db import models

from orchestr.ids import Identified


class Rejudging(Identified):
    """One pass over what waits. `occasion` is `policy:<number>`, `evidence`, or `lock:`, `lift:`, `freeze:` or
    `thaw:` with the id of the row.

    `evidence` goes by time (`after_at`) and never ends: what has run out before that moment has been judged again.
    The others go by proposal id (`after_id`) and end.
    """

    occasion = models.CharField(max_length=40, unique=True)
    after_id = models.UUIDField(null=True)
    after_at = models.DateTimeField(null=True)
    judged = models.PositiveIntegerField(default=0)
    stricter = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    looser = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "orchestr_rejudging"
