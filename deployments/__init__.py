"""How planwave is served: the command line, its own Prefect server, deployments."""
