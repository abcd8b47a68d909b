"""Who does the jobs of a plan: agents, each an adapter with its settings."""

from typing import Literal, Self

from pydantic import model_validator

from plans.values import Argv, Count, PlanModel


class Secret(PlanModel):
    """A secret by name, so that no plan holds its value."""

    secret: str
    """Name of a Prefect Secret block, or of an environment variable."""


AgentKind = Literal["command", "scripted", "claude", "codex", "opencode", "gemini", "aider", "mini", "a2a"]


class Agent(PlanModel):
    """Who does a job: an adapter with its settings."""

    kind: AgentKind
    """The adapter: `command` runs a program, `scripted` is a test double; coding agents cannot be run yet."""
    run: Argv | None = None
    """The program and its arguments (kind `command`); `{job}`, `{track}`, `{attempt}`, `{prompt_file}`, `{outbox}` and
    `{workspace}` are filled in."""
    model: str | None = None
    """The language model, by the name the adapter's program takes."""
    url: str | None = None
    """Where a remote agent (kind `a2a`) listens."""
    token: Secret | None = None
    """The remote agent's token, by name."""
    max_parallel: Count | None = None
    """At most so many jobs of this agent at once, in this run and across all runs on the Prefect server."""
    env: tuple[str, ...] = ()
    """Names of environment variables that the agent's programs may see, besides the usual few."""
    script: tuple[str, ...] = ()
    """What a `scripted` agent does, one action a line."""

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Self:
        if self.kind == "command" and self.run is None:
            raise ValueError("an agent of kind 'command' needs `run`, the program and its arguments")
        if self.kind == "a2a" and self.url is None:
            raise ValueError("an agent of kind 'a2a' needs `url`")
        return self
