"""The demonstration's shop: a server of its own that sells Fjord & Field's goods all the time."""
