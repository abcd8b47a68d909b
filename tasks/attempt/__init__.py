"""One attempt of a job: workspace, program, judgement, commit, and what follows from the outcome."""
