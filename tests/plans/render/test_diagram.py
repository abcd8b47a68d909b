from collections.abc import Iterable

from plans.model import Plan
from plans.render.diagram import dot, drawn_edges, mermaid

Jobs = Iterable[dict[str, object]]


def make_plan(*waves: Jobs, **fields: object) -> Plan:
    listed = [{"id": f"w{number}", "jobs": list(jobs)} for number, jobs in enumerate(waves, 1)]
    return Plan.model_validate({"version": 1, "name": "p", "waves": listed, **fields})


def pairs(plan: Plan) -> set[tuple[str, str, str]]:
    return {(edge.before, edge.after, edge.why) for edge in drawn_edges(plan)}


PLAN = make_plan(
    [{"id": "a", "title": 'Say "hi" <now>', "track": "t"}, {"id": "b", "track": "t"}, {"id": "c"}],
    [{"id": "d", "needs": ["a"]}, {"id": "e", "track": "t", "needs": ["d"]}],
)


def test_only_first_jobs_hang_on_a_gate_and_only_last_ones_lead_to_it() -> None:
    assert pairs(PLAN) == {
        ("a", "b", "track"),
        ("b", "gate:w1", "wave"),
        ("c", "gate:w1", "wave"),
        ("a", "d", "needs"),
        ("d", "e", "needs"),
        ("gate:w1", "d", "wave"),
        ("e", "gate:w2", "wave"),
    }


def test_a_wave_that_is_no_barrier_holds_nothing_back() -> None:
    open_wave = {"id": "first", "barrier": False, "jobs": [{"id": "a", "track": "t"}]}
    last = {"id": "last", "jobs": [{"id": "b", "track": "t"}, {"id": "c"}]}
    plan = Plan.model_validate({"version": 1, "name": "p", "waves": [open_wave, last]})
    assert pairs(plan) == {
        ("a", "b", "track"),
        ("a", "gate:first", "wave"),
        ("b", "gate:last", "wave"),
        ("c", "gate:last", "wave"),
    }


def test_mermaid_is_quoted_and_complete() -> None:
    assert mermaid(PLAN) == (
        "flowchart LR\n"
        '  subgraph w1["w1"]\n'
        '    j1["Say #34;hi#34; #60;now#62;"]\n'
        '    j2["b"]\n'
        '    j3["c"]\n'
        '    g1{"gate"}\n'
        "  end\n"
        '  subgraph w2["w2"]\n'
        '    j4["d"]\n'
        '    j5["e"]\n'
        '    g2{"gate"}\n'
        "  end\n"
        "  j1 --> j4\n"
        "  j4 --> j5\n"
        "  j1 -.-> j2\n"
        "  j2 ==> g1\n"
        "  j3 ==> g1\n"
        "  g1 ==> j4\n"
        "  j5 ==> g2\n"
    )


def test_dot_is_quoted_and_names_gates_by_their_question() -> None:
    plan = Plan.model_validate(
        {
            "version": 1,
            "name": "p",
            "waves": [{"id": "w", "jobs": [{"id": "a", "title": 'a "b" \\n\nc'}], "gate": {"question": "Fine?"}}],
        }
    )
    assert dot(plan) == (
        'digraph "p" {\n'
        "  rankdir=LR;\n"
        "  node [shape=box];\n"
        "  subgraph cluster_w1 {\n"
        '    label="w";\n'
        '    j1 [label="a \\"b\\" \\\\n c"];\n'
        '    g1 [shape=diamond, label="Fine?"];\n'
        "  }\n"
        "  j1 -> g1 [style=bold];\n"
        "}\n"
    )
