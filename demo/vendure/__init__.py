"""A real Vendure from npm, in memory, set up for Orchestr: `python -m demo.vendure`."""
