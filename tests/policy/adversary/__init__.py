"""An adversary: agents that may do all the API allows, on a shop and a ledger that count as the product does."""
