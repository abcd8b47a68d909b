"""Measurements of planwave beside what it replaces; `make bench` runs them and writes RESULTS.md."""
