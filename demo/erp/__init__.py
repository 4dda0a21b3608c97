"""The demonstration's ERP: a server of its own that is right about cost, tax, floors and lead times."""
