"""Who does a job: one adapter a file, all behind one protocol."""
