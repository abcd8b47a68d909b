"""Who does a job: one adapter a file, all behind one protocol."""

from tasks.agents.registry import adapter_for

__all__ = ["adapter_for"]
