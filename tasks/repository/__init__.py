"""The user's repository: what is read of it, and clones that stand in for one that is named by a URL."""
