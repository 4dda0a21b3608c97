"""What a Tryton can do: it is right about costs and stock, and keeps the list price."""

from datetime import timedelta

from orchestr.connectors import schemas
from orchestr.connectors.base import Declaration, FieldDeclaration, SystemConfig, Tool, Writes

TOOLS = (
    Tool(
        name="read_products",
        title="Read list prices, costs and stock",
        action_class="read",
        resend="absolute",
        input_schema=schemas.EMPTY,
        output_schema={"type": "object"},
    ),
    Tool(
        name="set_list_price",
        title="Set the list price of a variant",
        action_class="publish",
        writes=(Writes("variant", "list_price"),),
        reversibility="restore",
        # Tryton compares `_timestamp` of the records in the transaction that writes them.
        guarantee="native_cas",
        resend="token",
        input_schema=schemas.change(id="SKU", value=schemas.MONEY, address=("currency",)),
        output_schema=schemas.WRITTEN,
    ),
    Tool(
        name="post_stock_count",
        title="Post a stock count of a variant at a location",
        action_class="publish",
        writes=(Writes("stock", "on_hand"),),
        reversibility="compensate",
        guarantee="read_compare",
        # The document carries the operation key, and Tryton posts a document once.
        resend="operation_key",
        input_schema=schemas.change(id="SKU", value=schemas.COUNT, address=("location",)),
        output_schema=schemas.WRITTEN,
    ),
)

FIELDS = (
    FieldDeclaration(type="variant", field="list_price", kind="money", freshness="price", writable=True),
    FieldDeclaration(type="variant", field="cost", kind="money", freshness="price"),
    FieldDeclaration(type="stock", field="on_hand", kind="integer", freshness="stock", writable=True),
)


def declare(system: SystemConfig) -> Declaration:
    return Declaration(
        kind="tryton",
        title="Tryton",
        tools=TOOLS,
        fields=FIELDS,
        # A request that a frozen server took in is carried out when it wakes.
        settle_after=timedelta(seconds=int(system.settings.get("settle_after_s", 60))),
    )
