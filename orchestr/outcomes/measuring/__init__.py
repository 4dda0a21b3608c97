"""What became of a published proposal, beside what its proposer said would: a comparison, no proof of cause."""
