"""What the shop can do. Say here what is true of it: execution follows this, not your code."""

from datetime import timedelta

from orchestr.connectors import schemas
from orchestr.connectors.base import Declaration, FieldDeclaration, SystemConfig, Tool, Writes

TOOLS = (
    Tool(
        name="read_catalogue",
        title="Read variants and prices",
        action_class="read",
        resend="absolute",
        input_schema=schemas.EMPTY,
        output_schema={"type": "object"},
    ),
    Tool(
        name="set_price",
        title="Set the price of a variant",
        action_class="publish",
        writes=(Writes("variant", "price"),),
        reversibility="restore",
        # The shop compares a version itself. One that does not: "read_compare" and resend "absolute".
        guarantee="native_cas",
        resend="token",
        input_schema=schemas.change(id="SKU", value=schemas.MONEY, address=("channel", "currency")),
        output_schema=schemas.WRITTEN,
    ),
)

FIELDS = (FieldDeclaration(type="variant", field="price", kind="money", freshness="price", writable=True),)


def declare(system: SystemConfig) -> Declaration:
    return Declaration(
        kind="starter",
        title="Starter",
        tools=TOOLS,
        fields=FIELDS,
        # How long a request that was sent may still take effect: the longest timeout on its way.
        settle_after=timedelta(seconds=int(system.settings.get("settle_after_s", 60))),
    )
