"""What the demonstration's shop can do."""

from datetime import timedelta

from orchestr.connectors import schemas
from orchestr.connectors.base import Declaration, FieldDeclaration, Json, SystemConfig, Tool, Writes
from orchestr.connectors.declaration import Reversibility

DEFINITION: dict[str, Json] = {
    "type": "object",
    "description": "A percentage off some SKUs, or off all of them where `skus` is empty.",
    "properties": {
        "title": schemas.text(max_length=200),
        "percent_bp": {"type": "integer", "minimum": 1, "maximum": 10_000},
        "skus": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        "starts_at": {"type": "string", "format": "date-time"},
        "ends_at": {"type": "string", "format": "date-time"},
        "announced": schemas.ANNOUNCED,
    },
    "required": ["title", "percent_bp", "skus", "starts_at", "ends_at"],
    "additionalProperties": False,
}
ORDER: dict[str, Json] = {
    "type": "object",
    "description": "The products of a collection by slug, first to last.",
    "properties": {"products": {"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": True}},
    "required": ["products"],
    "additionalProperties": False,
}
LAYOUT: dict[str, Json] = {
    "type": "object",
    "description": "The product a collection opens with, by slug, and in how many columns the rest stands.",
    "properties": {"hero": {"type": ["string", "null"]}, "columns": {"type": "integer", "minimum": 1, "maximum": 6}},
    "required": ["hero", "columns"],
    "additionalProperties": False,
}
MESSAGE: dict[str, Json] = {
    "type": "object",
    "description": "To how many customers it goes and when, how many messages each has had in seven days with this one, "
    "whether they agreed to it, and which discount it promises by which coupon.",
    "properties": {
        "title": schemas.text(max_length=200),
        "body": {"type": "string", "maxLength": 2_000},
        "audience": {"type": "integer", "minimum": 0},
        "frequency_7d": {"type": "integer", "minimum": 0},
        "consent": {"type": "boolean"},
        "send_at": {"type": ["string", "null"], "format": "date-time"},
        "discount_bp": {"type": ["integer", "null"], "minimum": 1, "maximum": 10_000},
        "promotion": {"type": ["string", "null"]},
    },
    "required": ["title", "body", "audience", "frequency_7d", "consent", "send_at", "discount_bp", "promotion"],
    "additionalProperties": False,
}


def _publishing(
    name: str,
    title: str,
    writes: tuple[Writes, ...],
    input_schema: dict[str, Json],
    reversibility: Reversibility = "restore",
) -> Tool:
    """Every write compares a version in the shop itself and is done once per operation key."""
    return Tool(
        name=name,
        title=title,
        action_class="publish",
        writes=writes,
        reversibility=reversibility,
        guarantee="native_cas",
        resend="operation_key",
        input_schema=input_schema,
        output_schema=schemas.WRITTEN,
    )


TOOLS = (
    Tool(
        name="read_catalogue",
        title="Read products, variants, stock and promotions",
        action_class="read",
        resend="absolute",
        input_schema=schemas.EMPTY,
        output_schema={"type": "object"},
    ),
    _publishing(
        "set_price",
        "Set the price of a variant",
        (Writes("variant", "price"),),
        schemas.change(id="SKU", value=schemas.MONEY, address=("channel", "currency")),
    ),
    _publishing(
        "set_stock",
        "Set the stock of a variant at a location",
        (Writes("stock", "on_hand"),),
        schemas.change(id="SKU", value=schemas.COUNT, address=("location",)),
    ),
    _publishing(
        "set_copy",
        "Set the title or description of a product",
        (Writes("product", "title"), Writes("product", "description")),
        schemas.change(id="Slug", value=schemas.text(max_length=20_000), address=("locale",)),
    ),
    _publishing(
        "set_teaser",
        "Set a product's short text on one channel",
        (Writes("product", "short_description"),),
        schemas.change(id="Slug", value=schemas.text(max_length=2_000), address=("channel", "locale")),
    ),
    _publishing(
        "order_collection",
        "Set the order of a collection's products",
        (Writes("collection", "order"),),
        schemas.change(id="Collection", value=ORDER, address=("channel",)),
    ),
    _publishing(
        "lay_out_collection",
        "Set how a collection is laid out",
        (Writes("collection", "layout"),),
        schemas.change(id="Collection", value=LAYOUT, address=("channel",)),
    ),
    _publishing(
        "set_message",
        "Set a standing message: what it says, to whom and when it goes",
        (Writes("message", "definition"),),
        schemas.change(id="Message", value=MESSAGE, address=("channel",)),
        reversibility="irreversible",
    ),
    _publishing(
        "create_promotion",
        "Create a promotion, or change what it grants",
        (Writes("promotion", "definition"),),
        schemas.change(id="Coupon code", value=DEFINITION, address=("channel",)),
        reversibility="delete_created",
    ),
    _publishing(
        "switch_promotion",
        "Switch a promotion on or off",
        (Writes("promotion", "enabled"),),
        schemas.change(id="Coupon code", value=schemas.SWITCH, address=("channel",)),
    ),
)

FIELDS = (
    FieldDeclaration(type="variant", field="price", kind="money", freshness="price", writable=True),
    FieldDeclaration(type="stock", field="on_hand", kind="integer", freshness="stock", writable=True),
    FieldDeclaration(type="product", field="title", kind="text", freshness="copy", writable=True),
    FieldDeclaration(type="product", field="description", kind="text", freshness="copy", writable=True),
    FieldDeclaration(type="product", field="short_description", kind="text", freshness="copy", writable=True),
    FieldDeclaration(type="collection", field="order", kind="object", freshness="copy", writable=True),
    FieldDeclaration(type="collection", field="layout", kind="object", freshness="copy", writable=True),
    FieldDeclaration(type="message", field="definition", kind="object", freshness="price", writable=True),
    FieldDeclaration(type="product", field="facts", kind="object", freshness="copy"),
    FieldDeclaration(
        type="promotion", field="definition", kind="object", freshness="price", writable=True, ends="ends_at"
    ),
    FieldDeclaration(type="promotion", field="enabled", kind="integer", freshness="price", writable=True),
)


def declare(system: SystemConfig) -> Declaration:
    return Declaration(
        kind="demo_shop",
        title="Demo shop",
        tools=TOOLS,
        fields=FIELDS,
        settle_after=timedelta(seconds=int(system.settings.get("settle_after_s", 15))),
        capabilities=frozenset({"sales", "orders_affected", "images"}),
    )
