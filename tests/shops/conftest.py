"""Real shop systems, each started once for the session."""

from tests.shops.vendure import vendure, vendure_credentials, vendure_system

__all__ = ["vendure", "vendure_credentials", "vendure_system"]
