"""What a person says to configure a Tryton."""

from orchestr.connectors.setup import ROOT_SEGMENT, ROOT_TITLE, SETTLE_AFTER, Setting, Setup, gettext_noop

SETUP = Setup(
    title="Tryton",
    address_help=gettext_noop("The server with the database as its path, as in https://erp.example.org/company."),
    secrets=gettext_noop('{"username": "…", "password": "…"} of a Tryton user'),
    settings=(
        Setting(
            name="locations",
            title=gettext_noop("Stock locations"),
            help=gettext_noop("Our key = code of a storage location, one a line. Blank: all of them."),
            kind="pairs",
        ),
        Setting(
            name="precision",
            title=gettext_noop("Decimals of money"),
            help=gettext_noop("Blank: those of the company's currency."),
            kind="integer",
            least=0,
            most=4,
        ),
        ROOT_SEGMENT,
        ROOT_TITLE,
        SETTLE_AFTER,
    ),
)
