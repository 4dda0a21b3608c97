"""Registered agents, their tokens, the tools there are, and who may do what with which."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from orchestr.ids import Identified


class Agent(Identified):
    """A software principal that proposes. It can never decide."""

    key = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    description = models.TextField(default="", blank=True)
    owner = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, related_name="agents")
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "orchestr_agent"

    def __str__(self) -> str:
        return self.key


class AgentToken(Identified):
    """A bearer token; only its SHA-256 is kept."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="tokens")
    prefix = models.CharField(max_length=12)
    sha256 = models.CharField(max_length=64, unique=True)
    issued_by = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    replaces = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="replaced_by")
    sandbox_only = models.BooleanField(
        default=False, db_default=False, help_text="A test token: what is proposed with it writes only to sandboxes."
    )

    class Meta:
        db_table = "orchestr_agent_token"


class TokenUse(Identified):
    """From which address a token was used last, so that it can be told who still holds one that was replaced."""

    token = models.ForeignKey(AgentToken, on_delete=models.CASCADE, related_name="uses")
    address = models.CharField(max_length=45)
    last_at = models.DateTimeField()

    class Meta:
        db_table = "orchestr_token_use"
        constraints = [models.UniqueConstraint(fields=["token", "address"], name="token_use_once_an_address")]


class AgentRate(models.Model):
    """How many requests a minute one agent may make where that is not the default, and when it was last held back."""

    agent = models.OneToOneField(Agent, on_delete=models.CASCADE, primary_key=True, related_name="rate")
    per_minute = models.PositiveIntegerField(null=True)
    limited_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "orchestr_agent_rate"
        constraints = [
            models.CheckConstraint(condition=Q(per_minute=None) | Q(per_minute__gte=1), name="agent_rate_positive")
        ]


class Tool(Identified):
    """One typed operation of a connector on one system, as the connector declares it now.

    Each declaration that differs is the next version. A scope covers what its tool was when the scope was granted.
    """

    name = models.CharField(max_length=120)
    system = models.ForeignKey("orchestr.System", on_delete=models.CASCADE, related_name="tools")
    action_class = models.CharField(max_length=10)
    reversibility = models.CharField(max_length=20)
    guarantee = models.CharField(max_length=20)
    writes = models.JSONField(default=list, help_text='[{"type","field"}]')
    input_schema = models.JSONField(default=dict)
    output_schema = models.JSONField(default=dict)
    cost = models.PositiveBigIntegerField(
        default=0, db_default=0, help_text="Of one call, in millionths of the run's currency."
    )
    version = models.PositiveIntegerField(default=1, db_default=1)
    withdrawn_at = models.DateTimeField(null=True, help_text="The connector no longer declares it.")

    class Meta:
        db_table = "orchestr_tool"
        constraints = [
            models.UniqueConstraint(fields=["name", "system"], name="tool_name_system"),
            models.CheckConstraint(
                condition=Q(action_class__in=("read", "draft", "stage", "publish")), name="tool_action_class"
            ),
        ]


class ToolVersion(Identified):
    """What a connector declared of a tool, once for each time that it differed. Never changed."""

    tool = models.ForeignKey(Tool, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    declared = models.JSONField(help_text="Every column of the tool that its connector declares.")
    registered_at = models.DateTimeField()

    class Meta:
        db_table = "orchestr_tool_version"
        constraints = [models.UniqueConstraint(fields=["tool", "number"], name="tool_version_number")]


class Scope(Identified):
    """What one agent may do with one tool."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="scopes")
    tool = models.ForeignKey(Tool, on_delete=models.PROTECT, related_name="scopes")
    tool_version = models.PositiveIntegerField(
        default=1, db_default=1, help_text="As which it was granted: it covers nothing that a later one does besides."
    )
    segments = models.ManyToManyField("orchestr.Segment", related_name="+", db_table="orchestr_scope_segment")
    channels = ArrayField(models.CharField(max_length=60), default=list, help_text="Empty: none.")
    field_classes = ArrayField(models.CharField(max_length=20), default=list, help_text="cost, personal")
    limits = models.JSONField(default=dict, help_text='{"changes_per_proposal": 50}')
    granted_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "orchestr_scope"
        constraints = [
            models.UniqueConstraint(fields=["agent", "tool"], condition=Q(revoked_at=None), name="scope_live_once")
        ]


class ScopeRefusal(Identified):
    """How often, on one day, an agent was refused what no scope of it gives. `tool` None: nobody told it whose it was."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+")
    tool = models.ForeignKey(Tool, on_delete=models.CASCADE, null=True, related_name="+")
    what = models.CharField(max_length=10)
    day = models.DateField(help_text="In UTC.")
    count = models.PositiveIntegerField()
    last_at = models.DateTimeField()

    class Meta:
        db_table = "orchestr_scope_refusal"
        constraints = [
            models.UniqueConstraint(fields=["agent", "tool", "what", "day"], name="scope_refusal_once_a_day"),
            models.UniqueConstraint(
                fields=["agent", "what", "day"], condition=Q(tool=None), name="scope_refusal_of_no_tool_once_a_day"
            ),
            models.CheckConstraint(
                condition=Q(what__in=("change", "limit", "field", "segment")), name="scope_refusal_known"
            ),
        ]
