"""Git itself: commands, objects, remotes and locks; knows nothing of plans."""
