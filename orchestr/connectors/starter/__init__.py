"""A connector to start from: variants with one price each, over a small JSON API."""

from orchestr.connectors.starter.connector import Starter

CONNECTOR = Starter()
