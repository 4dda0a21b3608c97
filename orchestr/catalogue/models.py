"""The unified view: sites, systems, segments, resources and what each system says of them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from orchestr.catalogue.querysets import ResourceQuerySet
from orchestr.ids import Identified

RESOURCE_TYPES = ("variant", "product", "promotion", "stock", "content", "collection", "message")


class Site(Identified):
    """Brand × country: its channel key in proposals, money, tax, zone and business hours."""

    key = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    country = models.CharField(max_length=2)
    currency = models.CharField(max_length=3)
    exponent = models.PositiveSmallIntegerField(default=2)
    tax_bp = models.PositiveIntegerField(help_text="Standard tax rate in basis points.")
    tax_included = models.BooleanField(default=True)
    zone = models.CharField(max_length=64)
    locales = ArrayField(models.CharField(max_length=12))
    opens_at = models.TimeField(default="09:00")
    closes_at = models.TimeField(default="17:00")
    workdays = ArrayField(models.PositiveSmallIntegerField(), help_text="ISO weekdays, 1 is Monday.")
    holidays = ArrayField(models.DateField(), default=list, blank=True)

    class Meta:
        db_table = "orchestr_site"


class System(Identified):
    """One configured instance of a connector. Credentials are never stored here."""

    key = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    url = models.CharField(max_length=300)
    settings = models.JSONField(default=dict, blank=True)
    sandbox = models.BooleanField(default=False)
    enabled = models.BooleanField(default=True)
    refreshed_at = models.DateTimeField(null=True)
    swept_at = models.DateTimeField(null=True, help_text="When everything was read, not what had changed alone.")
    refreshing_until = models.DateTimeField(null=True, help_text="Somebody reads it until then; nobody else does.")
    degraded_since = models.DateTimeField(null=True)
    degraded_reason = models.CharField(max_length=200, default="", blank=True)
    guarded = models.BooleanField(
        default=False, db_default=False, help_text="Reached only where the deployment lets people's addresses lead."
    )
    asked_at = models.DateTimeField(null=True, help_text="When somebody asked for everything to be read.")
    stop_id = models.UUIDField(null=True, help_text="The freeze that pausing it set, lifted when it is resumed.")

    class Meta:
        db_table = "orchestr_system"


class Segment(Identified):
    """A slice of the catalogue; rights on it cover its descendants."""

    key = models.CharField(max_length=120, unique=True)
    name = models.CharField(max_length=120)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")

    class Meta:
        db_table = "orchestr_segment"
        default_permissions = ()
        permissions = [
            ("view_segment", "See what happens in the segment"),
            ("decide_segment", "Decide on proposals in the segment"),
            ("revert_segment", "Put back what was published in the segment"),
            ("cost_segment", "See cost and margin in the segment"),
        ]

    def __str__(self) -> str:
        return self.key


class SegmentRule(models.Model):
    """A segment that nothing is put into: it holds what meets its conditions, within another segment.

    A selection, not a place: rights of people never hang on it, and what it holds lies elsewhere in the tree. Agents'
    scopes and workflows may name it, and whatever stops or tightens. What it holds is worked out again and again:
    see `rules/members.py`.
    """

    segment = models.OneToOneField(Segment, on_delete=models.PROTECT, primary_key=True, related_name="rule")
    conditions = models.JSONField(help_text="What it holds: rules/conditions.py.")
    retired_at = models.DateTimeField(null=True, help_text="Since when it holds nothing, and never will again.")
    evaluated_at = models.DateTimeField(null=True, help_text="As of when it is known what it holds.")
    unknown = models.IntegerField(default=0, db_default=0, help_text="Left out: it is not known whether they meet it.")

    class Meta:
        db_table = "orchestr_segment_rule"


class SegmentSet(Identified):
    """A distinct set of segments, interned: what a proposal touches, as one key.

    There are few distinct sets, so "every segment is covered by my grants" is asked once of this
    small table and the queue filters on an indexed key.
    """

    segment_ids = ArrayField(models.UUIDField(), unique=True, help_text="Sorted.")

    class Meta:
        db_table = "orchestr_segment_set"


class Resource(Identified):
    """One business thing, named by its business key, never by a vendor's id."""

    type = models.CharField(max_length=20)
    key = models.CharField(max_length=160)
    sku = models.CharField(max_length=120, default="", blank=True)
    title = models.CharField(max_length=300)
    image = models.CharField(max_length=500, default="", blank=True)
    segments = models.ManyToManyField(Segment, related_name="resources", db_table="orchestr_resource_segment")
    rules = models.ManyToManyField(SegmentRule, related_name="held", db_table="orchestr_rule_member")
    gone_at = models.DateTimeField(null=True, help_text="No system knows it any more.")

    objects = ResourceQuerySet.as_manager()

    class Meta:
        db_table = "orchestr_resource"
        constraints = [
            models.UniqueConstraint(fields=["type", "key"], name="resource_type_key"),
            models.CheckConstraint(condition=Q(type__in=RESOURCE_TYPES), name="resource_type_known"),
        ]
        indexes = [models.Index(fields=["sku"])]


class SystemResource(Identified):
    """What one system calls a resource."""

    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="systems")
    system = models.ForeignKey(System, on_delete=models.CASCADE, related_name="resources")
    ref = models.CharField(max_length=200)
    seen_at = models.DateTimeField()
    placed_in = ArrayField(
        models.UUIDField(), default=list, db_default=[], help_text="The segments this system puts the resource into."
    )

    class Meta:
        db_table = "orchestr_system_resource"
        constraints = [
            models.UniqueConstraint(fields=["resource", "system"], name="system_resource_once"),
        ]


class FieldOwner(Identified):
    """Which system is right about a field, and which are written when it changes."""

    type = models.CharField(max_length=20)
    field = models.CharField(max_length=60)
    system = models.ForeignKey(System, on_delete=models.CASCADE, related_name="owned_fields")
    source_of_truth = models.BooleanField(default=False)
    writable = models.BooleanField(default=False)
    max_age_s = models.PositiveIntegerField(help_text="How old a value may be as evidence, in seconds.")

    class Meta:
        db_table = "orchestr_field_owner"
        constraints = [models.UniqueConstraint(fields=["type", "field", "system"], name="field_owner_once")]


class FieldValue(Identified):
    """What one system last said about one field address."""

    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="values")
    system = models.ForeignKey(System, on_delete=models.CASCADE, related_name="values")
    field = models.CharField(max_length=60)
    address = models.JSONField(default=dict)
    address_key = models.CharField(max_length=500)
    kind = models.CharField(max_length=10)
    value = models.JSONField(null=True)
    token = models.CharField(max_length=200, default="", blank=True)
    observed_at = models.DateTimeField()

    class Meta:
        db_table = "orchestr_field_value"
        constraints = [
            models.UniqueConstraint(fields=["resource", "system", "field", "address_key"], name="field_value_address"),
            models.CheckConstraint(condition=Q(kind__in=("money", "integer", "text", "object")), name="field_kind"),
        ]


class ValueHistory(Identified):
    """Append-only: every value a field address was seen to take, and who made it so."""

    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="history")
    system = models.ForeignKey(System, on_delete=models.CASCADE)
    field = models.CharField(max_length=60)
    address = models.JSONField(default=dict)
    address_key = models.CharField(max_length=500)
    value = models.JSONField(null=True)
    since = models.DateTimeField()
    cause = models.CharField(max_length=20, default="observed")
    proposal_id = models.UUIDField(null=True)

    class Meta:
        db_table = "orchestr_value_history"
        constraints = [
            models.CheckConstraint(
                condition=Q(cause__in=("observed", "applied", "reverted", "imported")), name="history_cause_known"
            )
        ]
        indexes = [models.Index(fields=["resource", "field", "address_key", "-since"])]


class Sales(Identified):
    """Units and net revenue (minor units of the site's currency) of the last 7 days."""

    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="sales")
    system = models.ForeignKey(System, on_delete=models.CASCADE)
    channel = models.CharField(max_length=60)
    units_7d = models.IntegerField()
    net_revenue_7d = models.JSONField()
    observed_at = models.DateTimeField()

    class Meta:
        db_table = "orchestr_sales"
        constraints = [models.UniqueConstraint(fields=["resource", "system", "channel"], name="sales_once")]


class SegmentSales(Identified):
    """Net revenue of everything in a segment on a channel in the last 7 days, added up after each read of sales."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="sales")
    channel = models.CharField(max_length=60)
    currency = models.CharField(max_length=3)
    exponent = models.PositiveSmallIntegerField()
    revenue = models.BigIntegerField(help_text="Minor units, net of tax.")
    observed_at = models.DateTimeField()

    class Meta:
        db_table = "orchestr_segment_sales"
        constraints = [
            models.UniqueConstraint(fields=["segment", "channel", "currency", "exponent"], name="segment_sales_once")
        ]
