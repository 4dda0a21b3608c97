"""What a Vendure can do."""

from datetime import timedelta

from orchestr.connectors import promotion, schemas
from orchestr.connectors.base import Declaration, FieldDeclaration, SystemConfig, Tool, Writes

DEFINITION = promotion.schema(without_skus="the whole order")

TOOLS = (
    Tool(
        name="read_catalogue",
        title="Read products, variants, stock and promotions",
        action_class="read",
        reversibility="restore",
        guarantee="none",
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
        guarantee="read_compare",
        resend="absolute",
        input_schema=schemas.change(id="SKU", value=schemas.MONEY, address=("channel", "currency")),
        output_schema=schemas.WRITTEN,
    ),
    Tool(
        name="set_stock",
        title="Set the stock of a variant at a location",
        action_class="publish",
        writes=(Writes("stock", "on_hand"),),
        reversibility="restore",
        guarantee="read_compare",
        resend="absolute",
        input_schema=schemas.change(id="SKU", value=schemas.COUNT, address=("location",)),
        output_schema=schemas.WRITTEN,
    ),
    Tool(
        name="set_copy",
        title="Set the title or description of a product",
        action_class="publish",
        writes=(Writes("product", "title"), Writes("product", "description")),
        reversibility="restore",
        guarantee="read_compare",
        resend="absolute",
        input_schema=schemas.change(id="Slug", value=schemas.text(max_length=20_000), address=("locale",)),
        output_schema=schemas.WRITTEN,
    ),
    Tool(
        name="create_promotion",
        title="Create a promotion with a coupon code",
        action_class="publish",
        writes=(Writes("promotion", "definition"),),
        reversibility="delete_created",
        guarantee="read_compare",
        # Vendure accepts the same coupon code twice: sending it again could make a second promotion.
        resend="never",
        input_schema=schemas.change(id="Coupon code", value=DEFINITION, address=("channel",)),
        output_schema=schemas.WRITTEN,
    ),
    Tool(
        name="switch_promotion",
        title="Switch a promotion on or off",
        action_class="publish",
        writes=(Writes("promotion", "enabled"),),
        reversibility="restore",
        guarantee="read_compare",
        resend="absolute",
        input_schema=schemas.change(id="Coupon code", value=schemas.SWITCH, address=("channel",)),
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
COST = FieldDeclaration(type="variant", field="cost", kind="money", freshness="price", source_of_truth=False)


def declare(system: SystemConfig) -> Declaration:
    return Declaration(
        kind="vendure",
        title="Vendure",
        tools=TOOLS,
        fields=(*FIELDS, COST) if system.settings.get("cost_field") else FIELDS,
        # One Node process and one database transaction: a frozen process may still commit when it wakes.
        settle_after=timedelta(seconds=int(system.settings.get("settle_after_s", 60))),
        capabilities=frozenset({"sales", "orders_affected", "images"}),
    )
