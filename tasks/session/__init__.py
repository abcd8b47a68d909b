"""A run while it lives: what it was asked for, what it knows, its slots, and what it tells."""
