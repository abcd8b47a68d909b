"""The merge train: a track's work, or what the base has become, tested and made the target."""
