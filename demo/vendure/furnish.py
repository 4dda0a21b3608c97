"""Make the fresh shop a business: costs, a second channel, a second warehouse, keys per stage, orders."""

import random
from dataclasses import dataclass, field
from typing import Any

from demo.vendure.graphql import Graphql

SETTINGS: dict[str, Any] = {
    "channels": {"web-de": "__default_channel__", "web-uk": "uk"},
    "locations": {"main": "Default Stock Location", "north": "Northern warehouse"},
    "root_segment": "vendure",
    "root_title": "Vendure",
    "cost_field": "cost",
}
READ: tuple[str, ...] = (
    "ReadAsset",
    "ReadCatalog",
    "ReadChannel",
    "ReadCollection",
    "ReadFacet",
    "ReadOrder",
    "ReadProduct",
    "ReadPromotion",
    "ReadSettings",
    "ReadStockLocation",
    "ReadTaxCategory",
    "ReadTaxRate",
)
# The publish key writes what the connector's tools write and nothing else: no settings, no people, no orders.
PUBLISH = (*READ, "UpdateProduct", "CreatePromotion", "UpdatePromotion", "DeletePromotion")

COST_SHARE = (0.42, 0.68)  # of the net price


@dataclass(frozen=True, slots=True)
class Furnished:
    """Credentials by stage, in the shape the connector reads."""

    keys: dict[str, dict[str, str]] = field(repr=False)


def furnish(admin: Graphql) -> Furnished:
    """Everything but orders, with a fixed seed: the same shop every time."""
    chance = random.Random(54)
    variants = _variants(admin)
    uk = _second_channel(admin)
    north = _second_warehouse(admin)
    inputs = []
    for variant in variants:
        net = variant["price"]
        cost = round(net * chance.uniform(*COST_SHARE))
        # Some of everything lies in the north, and a few things far too long.
        levels = [{"stockLocationId": north, "stockOnHand": chance.choice([0, 12, 40, 240])}]
        inputs.append({"id": variant["id"], "customFields": {"cost": cost}, "stockLevels": levels})
    admin.run("mutation($i: [UpdateProductVariantInput!]!) { updateProductVariants(input: $i) { id } }", {"i": inputs})
    _welcome(admin)
    _sell_in(admin, uk, sorted({variant["productId"] for variant in variants}, key=int)[:20])
    return Furnished({stage: _keys(admin, stage, allowed) for stage, allowed in STAGES.items()})


STAGES = {"read": READ, "publish": PUBLISH}


def place_orders(shop_url: str, *, count: int) -> None:
    """Guests buy through the shop API; a few things sell well and most hardly."""
    chance = random.Random(24)
    listing = Graphql(shop_url).run("{ products(options: {take: 100}) { items { variants { id } } } }")
    ids = [variant["id"] for product in listing["products"]["items"] for variant in product["variants"]]
    for number in range(count):
        picked = [ids[min(int(chance.expovariate(1 / 9)), len(ids) - 1)] for _ in range(chance.randint(1, 3))]
        _order(Graphql(shop_url), number, picked, chance)


def _order(guest: Graphql, number: int, picked: list[str], chance: random.Random) -> None:
    failed = "__typename ... on ErrorResult { errorCode message }"
    for id in picked:
        document = (
            f"mutation($id: ID!, $n: Int!) {{ addItemToOrder(productVariantId: $id, quantity: $n) {{ {failed} }} }}"
        )
        guest.run(document, {"id": id, "n": chance.randint(1, 2)})
    who = {"emailAddress": f"guest{number}@example.org", "firstName": "Guest", "lastName": str(number)}
    where = {"fullName": f"Guest {number}", "streetLine1": "Fjordgata 1", "city": "Bergen", "countryCode": "DE"}
    guest.run(
        f"""mutation($who: CreateCustomerInput!, $where: CreateAddressInput!) {{
          setCustomerForOrder(input: $who) {{ {failed} }}
          setOrderShippingAddress(input: $where) {{ {failed} }} }}""",
        {"who": who, "where": {**where, "postalCode": "10115"}},
    )
    methods = guest.run("{ eligibleShippingMethods { id } }")["eligibleShippingMethods"]
    guest.run(
        f"""mutation($method: [ID!]!) {{
          setOrderShippingMethod(shippingMethodId: $method) {{ {failed} }}
          transitionOrderToState(state: "ArrangingPayment") {{ {failed} }} }}""",
        {"method": [methods[0]["id"]]},
    )
    payment = {"method": "standard-payment", "metadata": {}}
    guest.run(f"mutation($p: PaymentInput!) {{ addPaymentToOrder(input: $p) {{ {failed} }} }}", {"p": payment})


def _variants(admin: Graphql) -> list[dict[str, Any]]:
    listing = admin.run("{ productVariants(options: {take: 500, sort: {id: ASC}}) { items { id productId price } } }")
    found: list[dict[str, Any]] = listing["productVariants"]["items"]
    return found


def _second_channel(admin: Graphql) -> str:
    zones = admin.run("{ zones(options: {take: 50}) { items { id name } } }")["zones"]["items"]
    europe = next(zone["id"] for zone in zones if zone["name"] == "Europe")
    channel = {
        "code": "uk",
        "token": "uk-channel",
        "defaultLanguageCode": "en",
        "pricesIncludeTax": True,
        "defaultCurrencyCode": "GBP",
        "availableCurrencyCodes": ["GBP"],
        "defaultTaxZoneId": europe,
        "defaultShippingZoneId": europe,
    }
    document = """mutation($i: CreateChannelInput!) { createChannel(input: $i) {
      __typename ... on Channel { id } ... on ErrorResult { errorCode message } } }"""
    return str(admin.run(document, {"i": channel})["createChannel"]["id"])


def _sell_in(admin: Graphql, channel: str, products: list[str]) -> None:
    document = "mutation($i: AssignProductsToChannelInput!) { assignProductsToChannel(input: $i) { id } }"
    admin.run(document, {"i": {"productIds": products, "channelId": channel, "priceFactor": 0.86}})


def _welcome(admin: Graphql) -> None:
    """A coupon that has been there for ever: something to switch off."""
    document = """mutation($i: CreatePromotionInput!) { createPromotion(input: $i) {
      __typename ... on Promotion { id } ... on ErrorResult { errorCode message } } }"""
    action = {"code": "order_percentage_discount", "arguments": [{"name": "discount", "value": "10"}]}
    coupon = {"enabled": True, "couponCode": "WELCOME10", "conditions": [], "actions": [action]}
    admin.run(document, {"i": {**coupon, "translations": [{"languageCode": "en", "name": "Welcome"}]}})


def _second_warehouse(admin: Graphql) -> str:
    document = "mutation($i: CreateStockLocationInput!) { createStockLocation(input: $i) { id } }"
    created = admin.run(document, {"i": {"name": "Northern warehouse", "description": ""}})
    return str(created["createStockLocation"]["id"])


def _keys(admin: Graphql, stage: str, permissions: tuple[str, ...]) -> dict[str, str]:
    """API keys that hold one role, and the role one stage's rights: one for each channel, as Vendure binds them."""
    channels = admin.run("{ channels { items { id code token } } }")["channels"]["items"]
    ids = [channel["id"] for channel in channels]
    role = {"code": f"orchestr-{stage}", "description": f"Orchestr: {stage}", "channelIds": ids}
    document = "mutation($i: CreateRoleInput!) { createRole(input: $i) { id } }"
    id = admin.run(document, {"i": {**role, "permissions": list(permissions)}})["createRole"]["id"]
    wanted = {"roleIds": [id], "translations": [{"languageCode": "en", "name": f"orchestr-{stage}"}]}
    keys: dict[str, str] = {}
    for channel in channels:
        document = "mutation($i: CreateApiKeyInput!) { createApiKey(input: $i) { apiKey } }"
        made = admin.run(document, {"i": wanted}, channel_token=channel["token"])
        first = channel["code"] == "__default_channel__"
        keys["api_key" if first else f"api_key:{channel['code']}"] = str(made["createApiKey"]["apiKey"])
    return keys
