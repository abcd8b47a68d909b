"""A run from its beginning to its end, and what goes on beside its jobs."""
