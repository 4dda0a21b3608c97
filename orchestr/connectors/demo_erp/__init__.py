"""The demonstration's ERP over its JSON API."""

from orchestr.connectors.demo_erp.connector import DemoErp

CONNECTOR = DemoErp()
