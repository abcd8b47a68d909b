"""planwave's own Prefect server, and the client for whichever server is in use."""
