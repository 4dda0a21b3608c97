"""Tryton 8.2 over JSON-RPC."""

from orchestr.connectors.tryton.connector import Tryton

CONNECTOR = Tryton()
