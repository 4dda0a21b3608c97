"""What the demonstration's ERP can do: it is right about cost and tax, and keeps the floor under prices."""

from datetime import timedelta

from orchestr.connectors import schemas
from orchestr.connectors.base import Declaration, FieldDeclaration, SystemConfig, Tool, Writes

TOOLS = (
    Tool(
        name="read_items",
        title="Read costs, taxes, minimum prices and lead times",
        action_class="read",
        resend="absolute",
        input_schema=schemas.EMPTY,
        output_schema={"type": "object"},
    ),
    Tool(
        name="set_minimum_price",
        title="Set the minimum price of a variant",
        action_class="publish",
        writes=(Writes("variant", "minimum_price"),),
        reversibility="restore",
        guarantee="native_cas",
        resend="operation_key",
        input_schema=schemas.change(id="SKU", value=schemas.MONEY, address=("currency",)),
        output_schema=schemas.WRITTEN,
    ),
)

FIELDS = (
    FieldDeclaration(type="variant", field="cost", kind="money", freshness="price"),
    FieldDeclaration(type="variant", field="minimum_price", kind="money", freshness="price", writable=True),
    FieldDeclaration(type="variant", field="tax_bp", kind="integer", freshness="price"),
    FieldDeclaration(type="variant", field="tax_class", kind="text", freshness="copy"),
    FieldDeclaration(type="variant", field="lead_time_days", kind="integer", freshness="copy"),
)


def declare(system: SystemConfig) -> Declaration:
    return Declaration(
        kind="demo_erp",
        title="Demo ERP",
        tools=TOOLS,
        fields=FIELDS,
        settle_after=timedelta(seconds=int(system.settings.get("settle_after_s", 15))),
    )
