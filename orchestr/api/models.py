"""The stored answers of the agents' door: a repeated key gets the answer it got before."""

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
