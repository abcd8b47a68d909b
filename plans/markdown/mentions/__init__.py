"""What a document names, wherever it stands: waves, tracks, agents and tasks, with the fields said of them."""
