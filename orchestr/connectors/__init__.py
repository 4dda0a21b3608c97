"""Adapters to shops and ERPs: plain Python, no Django. See docs/connectors.md."""
