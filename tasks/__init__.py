"""Every side effect: git, agent processes, checks, artifacts."""
