"""CSV and XLSX files that somebody puts into a folder: cost, minimum price, tax, stock."""

from orchestr.connectors.files.connector import Files

CONNECTOR = Files()
