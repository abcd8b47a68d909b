"""The order of things: plans as Prefect flows, jobs as Prefect tasks."""
