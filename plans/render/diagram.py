"""A plan as a graph for other programs to draw: mermaid and Graphviz's dot.

Both show jobs inside their waves, a gate at the end of every wave, and what comes before what.
"""

from collections.abc import Iterable, Iterator, Mapping

from plans.model import Plan, Wave
from plans.schedule.graph import Edge, Why, gate_node, order_edges

_MERMAID_ARROWS: Mapping[Why, str] = {"needs": "-->", "track": "-.->", "serial": "-.->", "wave": "==>"}
_DOT_STYLES: Mapping[Why, str] = {"needs": "solid", "track": "dotted", "serial": "dotted", "wave": "bold"}
_MERMAID_CODES = {ord(mark): f"#{ord(mark)};" for mark in '"#<>`&'}


def mermaid(plan: Plan) -> str:
    """Return a flowchart in mermaid, as Markdown viewers draw it in a ```mermaid fence."""
    names = _node_names(plan)
    lines = ["flowchart LR"]
    for number, wave in enumerate(plan.waves, 1):
        lines.append(f"  subgraph w{number}[{_mermaid_text(wave.name)}]")
        lines += [f"    {names[job.id]}[{_mermaid_text(job.name)}]" for job in wave.jobs]
        lines += [f"    {names[gate_node(wave)]}{{{_mermaid_text(_gate_label(wave))}}}"]
        lines.append("  end")
    lines += [f"  {names[e.before]} {_MERMAID_ARROWS[e.why]} {names[e.after]}" for e in drawn_edges(plan)]
    return "\n".join(lines) + "\n"


def dot(plan: Plan) -> str:
    """Return a directed graph in Graphviz's language."""
    names = _node_names(plan)
    lines = [f"digraph {_dot_text(plan.name)} {{", "  rankdir=LR;", "  node [shape=box];"]
    for number, wave in enumerate(plan.waves, 1):
        lines += [f"  subgraph cluster_w{number} {{", f"    label={_dot_text(wave.name)};"]
        lines += [f"    {names[job.id]} [label={_dot_text(job.name)}];" for job in wave.jobs]
        lines += [f"    {names[gate_node(wave)]} [shape=diamond, label={_dot_text(_gate_label(wave))}];", "  }"]
    lines += [f"  {names[e.before]} -> {names[e.after]} [style={_DOT_STYLES[e.why]}];" for e in drawn_edges(plan)]
    return "\n".join([*lines, "}"]) + "\n"


def drawn_edges(plan: Plan) -> Iterator[Edge]:
    """Yield the edges worth drawing: each pair once, and none that others imply.

    Only the first jobs of a wave hang on the gate before it, and only its last ones lead to its own.
    """
    inner = [edge for edge in order_edges(plan) if edge.why != "wave" and _in_one_wave(plan, edge)]
    leading, following = {edge.before for edge in inner}, {edge.after for edge in inner}
    seen: set[tuple[str, str]] = set()
    for edge in (*order_edges(plan), *_open_waves(plan, leading)):
        implied = (
            edge.before in leading or edge.after in following
            if edge.why == "wave"
            else edge.why == "track" and not _in_one_wave(plan, edge) and plan.wave_of[edge.before].barrier
        )
        if not implied and (edge.before, edge.after) not in seen:
            seen.add((edge.before, edge.after))
            yield edge


def _in_one_wave(plan: Plan, edge: Edge) -> bool:
    return plan.wave_of[edge.before] is plan.wave_of[edge.after]


def _open_waves(plan: Plan, leading: Iterable[str]) -> Iterator[Edge]:
    """Yield the way to the gates of waves that are no barrier: nothing waits for them, yet they are decided."""
    skipped = frozenset(leading)
    for wave in plan.waves:
        if not wave.barrier:
            yield from (Edge(job.id, gate_node(wave), "wave") for job in wave.jobs if job.id not in skipped)


def _node_names(plan: Plan) -> Mapping[str, str]:
    jobs = {job: f"j{number}" for number, job in enumerate(plan.jobs, 1)}
    return {**jobs, **{gate_node(wave): f"g{number}" for number, wave in enumerate(plan.waves, 1)}}


def _gate_label(wave: Wave) -> str:
    return (wave.gate.question if wave.gate else "") or "gate"


def _mermaid_text(text: str) -> str:
    return '"' + " ".join(text.split()).translate(_MERMAID_CODES) + '"'


def _dot_text(text: str) -> str:
    return '"' + " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"') + '"'
