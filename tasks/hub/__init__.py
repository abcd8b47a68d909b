"""The hub: the bare clone in which all work is done, and what goes from there to the user."""
