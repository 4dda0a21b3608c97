"""Published values read again some time later: what somebody else has changed since, and what landed late."""
