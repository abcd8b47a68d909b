"""From what a document names to a draft: which mentions are jobs, and where each of them belongs."""
