"""What runs when: one machine that decides it, and what is worked out from it before and during a run."""
