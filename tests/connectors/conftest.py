"""The real systems that connectors are held to."""

from tests.shops.vendure import vendure, vendure_credentials, vendure_system

__all__ = ["vendure", "vendure_credentials", "vendure_system"]
