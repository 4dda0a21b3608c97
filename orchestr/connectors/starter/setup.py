"""What a person says to configure the shop: the form on the page of systems asks for it."""

from orchestr.connectors.setup import SETTLE_AFTER, Setting, Setup

SETUP = Setup(
    title="Starter",
    address_help="The shop's address, as in https://shop.example.org.",
    secrets="one bare token",
    settings=(Setting(name="channel", title="Channel", help="Blank: web."), SETTLE_AFTER),
)
