"""The audit event: one recorded fact, appended and never changed.

The table is partitioned by month on its UUIDv7 id. The app's role may read and append and nothing
else, on every partition; triggers are the second wall (`audit/partitions.py`). There are no foreign
keys out: an event outlives what it speaks of.
"""

from typing import Any, Never

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.fields.json import KT
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
    txid = models.BigIntegerField(null=True, help_text="Of its transaction, filled in by PostgreSQL: see audit/rows.")

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
            # What may stand in a million events and comes sorted: `audit/newest.py`.
            *(
                models.Index(
                    KT(f"about__{kind}"),
                    models.F("id"),
                    name=f"audit_event_{kind}",
                    condition=models.Q(about__has_key=kind),
                )
                for kind in ("person", "agent", "workflow")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.id}"

    def save(self, *args: Any, **kwargs: Any) -> Never:
        raise TypeError("audit events are appended by audit.record alone")

    def delete(self, *args: Any, **kwargs: Any) -> Never:
        raise TypeError("audit events are never deleted")


class AuditLeaf(models.Model):
    """The place of an event in the sealed log: numbers from 0 on without a gap, and the RFC 6962 leaf hash of its bytes."""

    number = models.BigIntegerField(primary_key=True)
    event_id = models.UUIDField(unique=True)
    hash = models.BinaryField()

    class Meta:
        db_table = "audit_leaf"
        verbose_name = _("leaf of the audit log")
        verbose_name_plural = _("leaves of the audit log")

    def __str__(self) -> str:
        return f"#{self.number}"


class AuditSubtree(models.Model):
    """The hash of a complete subtree of `1 << level` leaves, from leaf `place << level` on; every fourth level is kept."""

    pk = models.CompositePrimaryKey("level", "place")
    level = models.SmallIntegerField()
    place = models.BigIntegerField()
    hash = models.BinaryField()

    class Meta:
        db_table = "audit_subtree"
        verbose_name = _("subtree of the audit log")
        verbose_name_plural = _("subtrees of the audit log")

    def __str__(self) -> str:
        return f"{self.level}/{self.place}"


class AuditCheckpoint(models.Model):
    """What was signed of the log, when: `note` is the whole C2SP checkpoint, the other columns repeat it."""

    id = models.BigAutoField(primary_key=True)
    size = models.BigIntegerField()
    root = models.BinaryField()
    at = models.DateTimeField()
    note = models.TextField()

    class Meta:
        db_table = "audit_checkpoint"
        verbose_name = _("checkpoint of the audit log")
        verbose_name_plural = _("checkpoints of the audit log")
        indexes = [models.Index(fields=["size", "id"], name="audit_checkpoint_size")]

    def __str__(self) -> str:
        return f"{self.size}"


class AuditKey(models.Model):
    """A public key that has signed since `since`, as C2SP writes it. The private one is in a file of the sealer alone."""

    key = models.TextField(primary_key=True)
    since = models.DateTimeField()

    class Meta:
        db_table = "audit_key"
        verbose_name = _("key of the audit log")
        verbose_name_plural = _("keys of the audit log")

    def __str__(self) -> str:
        return self.key


class RowChange(models.Model):
    """What one statement did to one governed row, written by a trigger: the second witness (`audit/rows`).

    `row` is its key as text. `changes` of an update are `{"column": [old, new]}`, of an insert or delete the columns.
    """

    class Operation(models.TextChoices):
        INSERT = "insert", _("Made")
        UPDATE = "update", _("Changed")
        DELETE = "delete", _("Deleted")
        TRUNCATE = "truncate", _("Emptied")

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    txid = models.BigIntegerField()
    at = models.DateTimeField()
    role = models.TextField()
    application = models.TextField()
    table = models.TextField()
    operation = models.TextField(choices=Operation.choices)
    row = models.TextField()
    changes = models.JSONField()

    class Meta:
        db_table = "audit_row_change"
        verbose_name = _("row change")
        verbose_name_plural = _("row changes")
        indexes = [models.Index(fields=["row", "id"], name="audit_row_change_row")]

    def __str__(self) -> str:
        return f"{self.operation} {self.table} {self.row}"


class Unexplained(models.Model):
    """A row change without an event of its transaction, and when that was found."""

    change_id = models.UUIDField(primary_key=True)
    found_at = models.DateTimeField()

    class Meta:
        db_table = "audit_unexplained"
        verbose_name = _("row change without an event")
        verbose_name_plural = _("row changes without an event")

    def __str__(self) -> str:
        return str(self.change_id)


class Export(models.Model):
    """A file of sealed events that a worker makes for somebody: what was asked for, how far it is, what it became.

    It holds entries below `size` that the requester could see then (`segments`, `unsegmented`), so that it is the same
    however often it is begun. `touched` and `touches_none` tell of the finished file who may have it.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting for a worker")
        MAKING = "making", _("Being made")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Failed")
        GONE = "gone", _("Deleted")

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    format = models.TextField()
    asked = models.JSONField()
    proposals = ArrayField(models.TextField(), null=True, help_text="Those that the SKU asked for stood in then.")
    question = models.TextField(help_text="SHA-256 of what was asked for, by whom, within which sight.")
    segments = ArrayField(models.TextField())
    unsegmented = models.BooleanField()
    size = models.BigIntegerField()
    account_id = models.UUIDField()
    person_id = models.UUIDField()
    asked_at = models.DateTimeField()
    state = models.TextField(choices=State, default=State.QUEUED)
    attempt = models.SmallIntegerField(default=0)
    beat_at = models.DateTimeField(null=True, help_text="The worker's last sign of life.")
    done = models.BigIntegerField(default=0, help_text="How many entries of the log were looked at.")
    settled_at = models.DateTimeField(null=True)
    count = models.BigIntegerField(null=True)
    bytes = models.BigIntegerField(null=True)
    sha256 = models.TextField(default="")
    touched = ArrayField(models.TextField(), null=True)
    touches_none = models.BooleanField(null=True)
    failure = models.TextField(default="", help_text="A code, where it failed.")

    class Meta:
        db_table = "audit_export"
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=("queued", "making", "ready", "failed", "gone")), name="export_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(format__in=("jsonl", "csv", "bundle")), name="export_format_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="ready")
                | models.Q(count__isnull=False, bytes__isnull=False, touched__isnull=False, touches_none__isnull=False),
                name="export_ready_says_what_it_is",
            ),
            models.UniqueConstraint(
                fields=["question"], condition=models.Q(state__in=("queued", "making")), name="export_one_under_way"
            ),
        ]
        indexes = [
            models.Index(
                fields=["asked_at", "id"], condition=models.Q(state__in=("queued", "making")), name="export_due"
            ),
            models.Index(fields=["settled_at"], condition=models.Q(state="ready"), name="export_kept"),
            models.Index(fields=["account_id", "-id"], name="export_of_account"),
        ]

    def __str__(self) -> str:
        return f"{self.format} {self.id}"
