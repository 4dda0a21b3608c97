"""The three sites Fjord & Field sells on, the places it keeps stock, and the taxes it charges."""

from dataclasses import dataclass, field

BRAND = "Fjord & Field"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One site; `key` is its channel in addresses. `ships_from` is tried in order."""

    key: str
    name: str
    country: str
    currency: str
    zone: str
    locales: tuple[str, ...]
    ships_from: tuple[str, ...]
    exponent: int = 2
    workdays: tuple[int, ...] = (1, 2, 3, 4, 5)
    opens_at: str = "09:00"
    closes_at: str = "18:00"
    holidays: tuple[str, ...] = field(default=())


SITES: tuple[Site, ...] = (
    Site(
        key="web-de",
        name="fjordandfield.de",
        country="DE",
        currency="EUR",
        zone="Europe/Berlin",
        locales=("de", "en"),
        ships_from=("hamburg", "oslo"),
        holidays=("2026-01-01", "2026-04-03", "2026-04-06", "2026-05-01", "2026-10-03", "2026-12-25", "2026-12-26"),
    ),
    Site(
        key="web-uk",
        name="fjordandfield.co.uk",
        country="GB",
        currency="GBP",
        zone="Europe/London",
        locales=("en",),
        ships_from=("leeds", "oslo"),
        holidays=("2026-01-01", "2026-04-03", "2026-04-06", "2026-05-04", "2026-08-31", "2026-12-25", "2026-12-28"),
    ),
    Site(
        key="marketplace",
        name="Marketplace",
        country="DE",
        currency="EUR",
        zone="Europe/Berlin",
        locales=("de", "en"),
        ships_from=("hamburg", "oslo"),
        holidays=("2026-01-01", "2026-04-03", "2026-04-06", "2026-05-01", "2026-10-03", "2026-12-25", "2026-12-26"),
    ),
)
SITE: dict[str, Site] = {site.key: site for site in SITES}

LOCATIONS: dict[str, str] = {"hamburg": "Hamburg", "leeds": "Leeds", "oslo": "Oslo"}

# Standard rates in basis points, by country; clothing for adults and outdoor gear take no reduced rate in either.
TAX_BP: dict[str, int] = {"DE": 1900, "GB": 2000}

# Pence for a euro, fixed so that the demonstration stays the same from day to day.
GBP_PER_EUR_BP = 8600


def net(gross: int, *, country: str) -> int:
    """The amount without tax, in minor units, rounded half up."""
    rate = 10_000 + TAX_BP[country]
    return (gross * 10_000 + rate // 2) // rate


def gross(net_amount: int, *, country: str) -> int:
    """The amount with tax, in minor units, rounded up: a floor that is rounded down is no floor."""
    return -(-net_amount * (10_000 + TAX_BP[country]) // 10_000)


def in_currency(eur: int, currency: str) -> int:
    """Euro cents in the minor units of a currency we sell in."""
    return eur if currency == "EUR" else (eur * GBP_PER_EUR_BP + 5_000) // 10_000
