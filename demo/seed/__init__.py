"""Fjord & Field moves in: people, sites, systems, agents, policy. Adds what is missing, changes nothing that is there.

Everything goes through the operations where there are any, and leaves its audit events either way.
"""

from audit.record import Actor

SEEDER = Actor.worker("seed")
