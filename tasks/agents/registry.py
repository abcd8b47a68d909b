"""Which adapter runs which kind of agent."""

from collections.abc import Mapping

from plans.agent import AgentKind
from plans.deferred import cannot_run
from tasks.agents.command import CommandAgent
from tasks.agents.protocol import Agent
from tasks.agents.scripted import ScriptedAgent
from tasks.errors import AgentMissing

ADAPTERS: Mapping[AgentKind, Agent] = {"command": CommandAgent(), "scripted": ScriptedAgent()}


def adapter_for(kind: AgentKind) -> Agent:
    """Return the adapter of a kind of agent.

    Raises:
        AgentMissing: this version has none.
    """
    if kind not in ADAPTERS:
        raise AgentMissing(cannot_run(kind))
    return ADAPTERS[kind]
