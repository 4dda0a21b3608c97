"""Vendure 3 over its admin API."""

from orchestr.connectors.vendure.connector import Vendure

CONNECTOR = Vendure()
