"""commercetools over its HTTP API."""

from orchestr.connectors.commercetools.connector import Commercetools

CONNECTOR = Commercetools()
