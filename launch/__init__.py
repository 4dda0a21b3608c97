"""Starts and stops everything `make run` and `make test` need; knows no Django."""
