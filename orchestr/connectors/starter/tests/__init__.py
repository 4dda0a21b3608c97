"""What a new connector is tried with until its author points the suite at a system of their own."""
