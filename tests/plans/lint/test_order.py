import pytest

from plans.lint import lint_plan
from plans.read import read_plan


def lint(body: str) -> list[str]:
    document = read_plan(f"version: 1\nname: p\n{body}", "f.yaml")
    return [problem.show("f.yaml") for problem in lint_plan(document)]


def jobs(*fields: str, wave: str = "") -> str:
    listed = "".join(f"  - {{{field}, title: T}}\n" for field in fields)
    return f"- id: w{len(fields)}\n  {wave or 'mode: parallel'}\n  jobs:\n{listed}"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            f"waves:\n{jobs('id: a, needs: [b]', 'id: b, needs: [a]')}",
            ["f.yaml:7: a cycle: b -> a -> b: 'a' needs 'b' (line 7); 'b' needs 'a' (line 8)"],
        ),
        (f"waves:\n{jobs('id: a, needs: [a]')}", ["f.yaml:7: a cycle: a -> a: 'a' needs 'a' (line 7)"]),
        (
            f"waves:\n{jobs('id: a, needs: [b]')}{jobs('id: b', 'id: c')}",
            [
                (
                    "f.yaml:7: a cycle: b -> a -> (gate of w1) -> b: 'a' needs 'b' (line 7); 'a' is in wave 'w1'; "
                    "'b' is in a later wave, 'w2'"
                )
            ],
        ),
        (
            f"tracks: [{{id: t}}]\nwaves:\n{jobs('id: a, track: t, needs: [b]', 'id: b, track: t')}",
            ["f.yaml:8: a cycle: b -> a -> b: 'a' needs 'b' (line 8); 'b' comes after 'a' on track 't'"],
        ),
        (
            f"waves:\n{jobs('id: a, needs: [b]', 'id: b', wave='mode: serial')}",
            ["f.yaml:7: a cycle: b -> a -> b: 'a' needs 'b' (line 7); 'b' comes after 'a' in serial wave 'w2'"],
        ),
        (
            f"waves:\n{jobs('id: a, needs: [b]', 'id: b, needs: [a]', 'id: c, needs: [d]', 'id: d, needs: [c]')}",
            ["a cycle: b -> a -> b", "a cycle: d -> c -> d"],
        ),
    ],
)
def test_a_cycle_is_told_whole_with_what_makes_each_step(body: str, said: list[str]) -> None:
    found = lint(body)
    assert len(found) == len(said)
    for line, expected in zip(found, said, strict=True):
        assert expected in line
        assert "\n    hint: take one of these needs out" in line


def test_a_need_of_a_later_wave_is_no_cycle_where_no_barrier_stands_between() -> None:
    assert lint(f"waves:\n{jobs('id: a, needs: [b]', wave='barrier: false')}{jobs('id: b', 'id: c')}") == []


ROUND = "f.yaml:7: the start of job 'a' waits for job 'b', which waits for job 'a'"


@pytest.mark.parametrize(
    ("start", "needs", "said"),
    [
        ("{done: a}", "", "f.yaml:7: the start of job 'a' waits for job 'a' itself"),
        ("{done: b}", "a", ROUND),
        (
            "{all: [{after: 1h}, {done: b}]}",
            "a",
            ROUND,
        ),
        ("{any: [{after: 1h}, {done: b}]}", "a", None),
        ("{done: b}", "", None),
    ],
)
def test_a_start_that_can_never_come_is_told(start: str, needs: str, said: str | None) -> None:
    found = lint(f"waves:\n{jobs(f'id: a, start: {start}', f'id: b, needs: [{needs}]')}")
    assert found == ([] if said is None else [said])


ORDER = (
    "f.yaml:9: track 'b' is to be merged before track 'a', but its job 'b' needs 'a' of that track\n"
    "    hint: name 'a' before 'b', or both in one tier"
)

LAST = "f.yaml:7: warning: track 'a' has no place in the merge order, so it lands after those that have"


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ("[b, a]", [ORDER]),
        ("[a, b]", []),
        ("[[b, a]]", []),
        (
            "[b]",
            [ORDER, "f.yaml:7: warning: track 'a' has no place in the merge order, so it lands after those that have"],
        ),
        ("[]", []),
    ],
)
def test_a_merge_order_against_needs_is_told(order: str, said: list[str]) -> None:
    assert sorted(lint(f"waves:\n{jobs('id: a', 'id: b, needs: [a]')}merge: {{order: {order}}}\n")) == sorted(said)


@pytest.mark.parametrize(("when", "errors"), [("wave", 0), ("end", 1)])
def test_what_landed_with_an_earlier_wave_needs_no_place_in_the_order(when: str, errors: int) -> None:
    waves = f"waves:\n{jobs('id: a')}{jobs('id: b, needs: [a]', 'id: c')}"
    found = lint(f"{waves}merge: {{order: [b, a, c], when: {when}}}\n")
    assert len(found) == errors


@pytest.mark.parametrize(("merge", "warned"), [("when: end", True), ("when: wave", False), ("order: [a]", False)])
def test_a_gate_that_would_check_a_target_on_which_nothing_has_landed_is_doubted(merge: str, warned: bool) -> None:
    gated = f"waves:\n{jobs('id: a')}  gate:\n    question: Fine?\n    checks: [{{check: [make]}}]\n"
    said = (
        "f.yaml:10: warning: the gate of wave 'w1' runs its checks on the target, where nothing has landed yet, "
        "for all tracks land at the end"
    )
    assert [text.split("\n")[0] for text in lint(f"{gated}merge: {{{merge}}}\n")] == ([said] if warned else [])


def test_a_gate_without_checks_may_stand_before_the_landings() -> None:
    assert lint(f"waves:\n{jobs('id: a')}  gate: {{decide: human}}\nmerge: {{when: end}}\n") == []
