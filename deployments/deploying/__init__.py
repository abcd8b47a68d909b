"""Deployments with their schedules, and the worker that carries out their runs."""
