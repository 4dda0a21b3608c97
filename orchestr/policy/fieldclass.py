"""Which family of rules judges a change: decided from the resource type, the field and its kind."""

from typing import Literal

from orchestr.policy.values import FieldKind

FieldClass = Literal["price", "stock", "promotion", "copy", "storefront", "message", "unknown"]

PRICE_FIELDS = frozenset({"price", "list_price", "sale_price", "was_price"})
STOCK_FIELDS = frozenset({"on_hand", "quantity", "stock", "stock_on_hand", "available"})
STOREFRONT_FIELDS = frozenset({"order", "layout"})
COPY_FIELDS = frozenset(
    {
        "title",
        "name",
        "subtitle",
        "description",
        "short_description",
        "long_description",
        "body",
        "bullets",
        "alt_text",
        "meta_title",
        "meta_description",
        "seo_title",
        "seo_description",
    }
)


def class_of(*, type: str, field: str, kind: FieldKind) -> FieldClass:
    """The class of a field. What is not named here is `unknown`, and judged strictest.

    A promotion's every field belongs to its family. A message is the object that says to whom it goes, when
    and with which consent; a text of a message without that, legal texts, slugs and tax classes have no family
    and so stay unknown on purpose.
    """
    if type == "promotion":
        return "promotion"
    if kind == "money" and field in PRICE_FIELDS and type in ("variant", "product"):
        return "price"
    if kind == "integer" and field in STOCK_FIELDS and type in ("stock", "variant"):
        return "stock"
    if kind == "object" and (type == "message" or (type == "content" and field.startswith("message_"))):
        return "message"
    if kind == "object" and type == "collection" and field in STOREFRONT_FIELDS:
        return "storefront"
    if kind == "text" and field in COPY_FIELDS and type in ("product", "variant", "content", "collection"):
        return "copy"
    return "unknown"
