"""One channel of a Vendure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel under our key. `code` and `token` are Vendure's; `includes_tax` is the basis of its prices."""

    key: str
    code: str
    token: str
    currency: str
    currencies: tuple[str, ...]
    language: str
    locales: tuple[str, ...]
    includes_tax: bool
