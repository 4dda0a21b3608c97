"""The audit event: one recorded fact, appended and never changed.

The table is partitioned by month on its UUIDv7 id. The app's role may read and append and nothing
else, on every partition; triggers are the second wall (`audit/partitions.py`). There are no foreign
keys out: an event outlives what it speaks of.
"""

from typing import Any, Never

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import UUID7
from django.utils.translation import gettext_lazy as _


class ActorKinds(models.TextChoices):
    PERSON = "person", _("Person")
    AGENT = "agent", _("Agent")
    WORKER = "worker", _("Worker")
    SYSTEM = "system", _("System")


class AuditEvent(models.Model):
    """`canonical` holds the bytes that were hashed; the other columns repeat them for queries."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    at = models.DateTimeField()
    action = models.TextField()
    actor_kind = models.TextField(choices=ActorKinds.choices)
    actor_id = models.TextField()
    account_id = models.UUIDField(null=True)
    on_behalf_of = models.TextField(null=True)
    about = models.JSONField()
    data = models.JSONField()
    request_id = models.TextField(null=True)
    segments = ArrayField(models.TextField())
    canonical = models.BinaryField()
    sha256 = models.BinaryField()

    class Meta:
        db_table = "audit_event"
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        indexes = [
            GinIndex(fields=["about"], name="audit_event_about"),
            models.Index(fields=["at", "id"], name="audit_event_at"),
            models.Index(fields=["action", "id"], name="audit_event_action"),
            models.Index(fields=["actor_id", "id"], name="audit_event_actor"),
            models.Index(
                fields=["request_id"],
                name="audit_event_request",
                condition=models.Q(request_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.id}"

    def save(self, *args: Any, **kwargs: Any) -> Never:
        raise TypeError("audit events are appended by audit.record alone")

    def delete(self, *args: Any, **kwargs: Any) -> Never:
        raise TypeError("audit events are never deleted")
