"""A folder of documents as one plan: a file for each agent, or for each part of a phase."""
