"""The demonstration's shop over its JSON API."""

from orchestr.connectors.demo_shop.connector import DemoShop

CONNECTOR = DemoShop()
