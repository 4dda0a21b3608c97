"""What a person says to configure a commercetools project."""

from orchestr.connectors.setup import ROOT_SEGMENT, ROOT_TITLE, SETTLE_AFTER, Setting, Setup, gettext_noop

SETUP = Setup(
    title="commercetools",
    address_help=gettext_noop("The address of the API, as in https://api.europe-west1.gcp.commercetools.com."),
    secrets=gettext_noop('{"client_id": "…", "client_secret": "…"} of an API client'),
    settings=(
        Setting(name="project", title=gettext_noop("Key of the project"), required=True),
        Setting(
            name="auth_url",
            title=gettext_noop("Where tokens come from"),
            help=gettext_noop("Blank: the address of the API itself."),
            kind="address",
        ),
        Setting(
            name="channels",
            title=gettext_noop("Channels"),
            help=gettext_noop(
                'JSON: our key and what its prices carry, as in {"web-de": {"currency": "EUR", "country": "DE"}}.'
            ),
            kind="json",
        ),
        Setting(
            name="locations",
            title=gettext_noop("Stock locations"),
            help=gettext_noop("Our key = key of the supply channel, one a line. Blank: all of them."),
            kind="pairs",
        ),
        Setting(
            name="locales",
            title=gettext_noop("Languages"),
            help=gettext_noop("Separated by commas; the first one names products. Blank: the project's."),
            kind="texts",
        ),
        ROOT_SEGMENT,
        ROOT_TITLE,
        SETTLE_AFTER,
    ),
)
