"""What git remembers of a plan: which jobs are done, where waves began, and what of it is work of today."""
