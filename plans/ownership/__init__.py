"""Who may write what: path patterns, whether two can meet, and which changes a job may make."""
