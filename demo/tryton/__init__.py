"""A real Tryton, from PyPI and on the loopback: an ERP that nobody here wrote."""
