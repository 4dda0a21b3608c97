"""A small project: three products in two categories, two markets, two locations, and a few orders."""

from typing import Any

from tests.shops.commercetools.rest import Rest

SETTINGS: dict[str, Any] = {
    "project": "fjord",
    "channels": {
        "web-de": {"currency": "EUR", "country": "DE", "tax": "included"},
        "web-uk": {"currency": "GBP", "country": "GB", "tax": "included"},
    },
    "locations": {"main": "", "north": "north"},
    "locales": ["en", "de"],
    "root_segment": "fjord-ct",
}
SCOPES = {
    "read": [
        f"view_{what}:fjord"
        for what in (
            "products", "categories", "tax_categories", "orders", "cart_discounts", "discount_codes",
            "project_settings",
        )
    ],
    "publish": [
        *(f"view_{what}:fjord" for what in ("categories", "tax_categories", "orders", "project_settings")),
        *(f"manage_{what}:fjord" for what in ("products", "cart_discounts", "discount_codes")),
    ],
    "admin": ["manage_project:fjord"],
}  # fmt: skip


def furnish(rest: Rest) -> None:
    settings = [
        {"action": "changeCountries", "countries": ["DE", "GB"]},
        {"action": "changeCurrencies", "currencies": ["EUR", "GBP"]},
        {"action": "changeLanguages", "languages": ["en", "de"]},
    ]
    rest.post("", {"version": rest.get("")["version"], "actions": settings})
    rest.post("/channels", {"key": "north", "roles": ["InventorySupply"]})
    tax = rest.post(
        "/tax-categories",
        {
            "name": "standard",
            "key": "standard",
            "rates": [
                {"name": "DE", "amount": 0.19, "includedInPrice": True, "country": "DE"},
                {"name": "GB", "amount": 0.2, "includedInPrice": True, "country": "GB"},
            ],
        },
    )
    top = rest.post("/categories", {"key": "apparel", "name": {"en": "Apparel"}, "slug": {"en": "apparel"}})
    jackets = rest.post(
        "/categories",
        {
            "key": "jackets",
            "name": {"en": "Jackets", "de": "Jacken"},
            "slug": {"en": "jackets"},
            "parent": {"typeId": "category", "id": top["id"]},
        },
    )
    kind = rest.post("/product-types", {"key": "goods", "name": "Goods", "description": "Goods"})
    about = {"kind": kind["id"], "tax": tax["id"]}
    _product(rest, "shell", ("CT-SHELL-M", "CT-SHELL-L"), 16_900, category=jackets["id"], **about)
    _product(rest, "fleece", ("CT-FLEECE-M",), 7_900, category=jackets["id"], **about)
    _product(rest, "cap", ("CT-CAP",), 1_990, category=None, **about)
    _product(rest, "unborn", ("CT-UNBORN",), 5_000, category=None, publish=False, **about)
    for number in range(3):
        _order(rest, f"CT-{number}", "CT-SHELL-M", 16_900, quantity=number + 1)


def _product(
    rest: Rest,
    slug: str,
    skus: tuple[str, ...],
    cents: int,
    *,
    category: str | None,
    kind: str,
    tax: str,
    publish: bool = True,
) -> None:
    variants = [
        {
            "sku": sku,
            "prices": [
                {"value": {"currencyCode": "EUR", "centAmount": cents}, "country": "DE"},
                {"value": {"currencyCode": "GBP", "centAmount": cents - 500}, "country": "GB"},
                # A price for everywhere else, which belongs to none of our channels.
                {"value": {"currencyCode": "EUR", "centAmount": cents + 1_000}},
            ],
        }
        for sku in skus
    ]
    rest.post(
        "/products",
        {
            "productType": {"typeId": "product-type", "id": kind},
            "taxCategory": {"typeId": "tax-category", "id": tax},
            "name": {"en": slug.title(), "de": f"{slug.title()} auf Deutsch"},
            "slug": {"en": slug, "de": f"{slug}-de"},
            "description": {"en": f"A {slug} for bad weather."},
            "categories": [{"typeId": "category", "id": category}] if category else [],
            "masterVariant": variants[0],
            "variants": variants[1:],
            "publish": publish,
        },
    )
    for sku in skus:
        rest.post("/inventory", {"sku": sku, "quantityOnStock": 20})
        north = {"typeId": "channel", "key": "north"}
        rest.post("/inventory", {"sku": sku, "quantityOnStock": 7, "supplyChannel": north})


def _order(rest: Rest, number: str, sku: str, cents: int, *, quantity: int) -> None:
    price = {"value": {"type": "centPrecision", "currencyCode": "EUR", "centAmount": cents, "fractionDigits": 2}}
    rest.post(
        "/orders/import",
        {
            "orderNumber": number,
            "totalPrice": {"currencyCode": "EUR", "centAmount": cents * quantity},
            "shippingAddress": {"country": "DE"},
            "lineItems": [
                {
                    "name": {"en": sku},
                    "variant": {"sku": sku},
                    "price": price,
                    "quantity": quantity,
                    "taxRate": {"name": "DE", "amount": 0.19, "includedInPrice": True, "country": "DE"},
                }
            ],
        },
    )
