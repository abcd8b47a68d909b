"""planwave's home looked through for what no run needs any more, and rid of it."""
