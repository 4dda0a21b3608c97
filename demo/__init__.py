"""Everything the demonstration needs and no deployment has: a shop, an ERP, their data, agents."""
