"""What a commercetools project can do."""

from datetime import timedelta

from orchestr.connectors import promotion, schemas
from orchestr.connectors.base import Declaration, FieldDeclaration, SystemConfig, Tool, Writes

DEFINITION = promotion.schema(without_skus="everything")

TOOLS = (
    Tool(
        name="read_catalogue",
        title="Read products, variants, stock and discount codes",
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
        guarantee="native_cas",
        resend="token",
        stages=True,
        input_schema=schemas.change(id="SKU", value=schemas.MONEY, address=("channel", "currency")),
        output_schema=schemas.WRITTEN,
    ),
    Tool(
        name="set_stock",
        title="Set the stock of a variant at a location",
        action_class="publish",
        writes=(Writes("stock", "on_hand"),),
        reversibility="restore",
        guarantee="native_cas",
        resend="token",
        input_schema=schemas.change(id="SKU", value=schemas.COUNT, address=("location",)),
        output_schema=schemas.WRITTEN,
    ),
    Tool(
        name="set_copy",
        title="Set the title or description of a product",
        action_class="publish",
        writes=(Writes("product", "title"), Writes("product", "description")),
        reversibility="restore",
        guarantee="native_cas",
        resend="token",
        stages=True,
        input_schema=schemas.change(id="Slug", value=schemas.text(max_length=20_000), address=("locale",)),
        output_schema=schemas.WRITTEN,
    ),
    Tool(
        name="set_promotion",
        title="Create or change a promotion with a discount code",
        action_class="publish",
        writes=(Writes("promotion", "definition"),),
        reversibility="delete_created",
        guarantee="native_cas",
        # A code exists once: a second creation is refused, a second change meets another version.
        resend="absolute",
        input_schema=schemas.change(id="Discount code", value=DEFINITION, address=("channel",)),
        output_schema=schemas.WRITTEN,
    ),
    Tool(
        name="switch_promotion",
        title="Switch a discount code on or off",
        action_class="publish",
        writes=(Writes("promotion", "enabled"),),
        reversibility="restore",
        guarantee="native_cas",
        resend="token",
        input_schema=schemas.change(id="Discount code", value=schemas.SWITCH, address=("channel",)),
        output_schema=schemas.WRITTEN,
    ),
)

FIELDS = (
    FieldDeclaration(type="variant", field="price", kind="money", freshness="price", writable=True),
    FieldDeclaration(type="variant", field="tax_bp", kind="integer", freshness="price"),
    FieldDeclaration(type="stock", field="on_hand", kind="integer", freshness="stock", writable=True),
    FieldDeclaration(type="stock", field="reserved", kind="integer", freshness="stock"),
    FieldDeclaration(type="product", field="title", kind="text", freshness="copy", writable=True),
    FieldDeclaration(type="product", field="description", kind="text", freshness="copy", writable=True),
    FieldDeclaration(
        type="promotion", field="definition", kind="object", freshness="price", writable=True, ends="ends_at"
    ),
    FieldDeclaration(type="promotion", field="enabled", kind="integer", freshness="price", writable=True),
)


def declare(system: SystemConfig) -> Declaration:
    return Declaration(
        kind="commercetools",
        title="commercetools",
        tools=TOOLS,
        fields=FIELDS,
        # The platform ends a request after at most this long; a version that moved stops a later one anyway.
        settle_after=timedelta(seconds=int(system.settings.get("settle_after_s", 60))),
        capabilities=frozenset({"sales", "orders_affected", "webhooks"}),
    )
