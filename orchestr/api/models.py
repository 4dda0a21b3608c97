"""What the agents' door keeps: stored answers of repeated keys, and parts of bodies that are yet to be proposed."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from orchestr.ids import Identified


class IdempotencyKey(Identified):
    agent = models.ForeignKey("orchestr.Agent", on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    path = models.CharField(max_length=300)
    body_sha256 = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    answer = models.JSONField(null=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "orchestr_idempotency_key"
        constraints = [models.UniqueConstraint(fields=["agent", "key"], name="idempotency_key_once")]
        indexes = [models.Index(fields=["at"])]


class BodyPart(Identified):
    """Changes that one run will propose together with others: a draft of the agent's own, nothing that anybody sees."""

    run = models.ForeignKey("orchestr.Run", on_delete=models.CASCADE, related_name="+")
    agent = models.ForeignKey("orchestr.Agent", on_delete=models.CASCADE, related_name="+")
    changes = models.JSONField()
    evidence = ArrayField(models.UUIDField(), default=list)
    at = models.DateTimeField()

    class Meta:
        db_table = "orchestr_body_part"
        indexes = [models.Index(fields=["agent", "at"])]
