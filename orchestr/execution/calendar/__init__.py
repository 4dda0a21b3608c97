"""When something may go out: windows of sites and workflows, in local time."""
