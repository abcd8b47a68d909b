"""The demo: a small real project, and the plan that is run on it."""
