"""What a team writes in a week: the same insert and the same PUT with no safety at all."""
