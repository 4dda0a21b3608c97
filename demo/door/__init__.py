"""What the demonstration's servers share: tokens, strict JSON, scripted faults, serving on loopback."""
