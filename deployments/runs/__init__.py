"""Runs as commands find and steer them, on the server in use and on this machine's disk."""
