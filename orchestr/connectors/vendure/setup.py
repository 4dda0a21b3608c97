"""What a person says to configure a Vendure."""

from orchestr.connectors.setup import ROOT_SEGMENT, ROOT_TITLE, SETTLE_AFTER, Setting, Setup, gettext_noop

SETUP = Setup(
    title="Vendure",
    address_help=gettext_noop("The address of the admin API, as in https://shop.example.org/admin-api."),
    secrets=gettext_noop('{"api_key": "…"}, or {"username": "…", "password": "…"}'),
    settings=(
        Setting(
            name="channels",
            title=gettext_noop("Channels"),
            help=gettext_noop("Our key = Vendure's channel code, one a line. Blank: every channel under its own code."),
            kind="pairs",
        ),
        Setting(
            name="locations",
            title=gettext_noop("Stock locations"),
            help=gettext_noop("Our key = the location's name there, one a line. Blank: every location."),
            kind="pairs",
        ),
        Setting(
            name="cost_field",
            title=gettext_noop("Custom field with the cost"),
            help=gettext_noop("Without tax, in minor units of the first channel's currency. Blank: there is none."),
        ),
        Setting(name="precision", title=gettext_noop("Decimals of money"), kind="integer", least=0, most=4),
        ROOT_SEGMENT,
        ROOT_TITLE,
        SETTLE_AFTER,
    ),
)
