import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.document import Path, PathLines
from plans.errors import PlanError
from plans.model import Plan
from plans.read import read_plan
from tests.effort import examples

HEAD = "version: 1\nname: p\n"
TAIL = "waves: [{id: w, jobs: [{id: a}]}]\n"


def told(text: bytes | str) -> str:
    """Return all that is said about a plan that cannot be read."""
    with pytest.raises(PlanError) as caught:
        read_plan(text, "f.yaml")
    assert "Traceback" not in str(caught.value)
    return str(caught.value)


def job(fields: str) -> str:
    return f"{HEAD}waves:\n  - id: w\n    jobs:\n      - id: a\n        {fields}\n"


def test_a_plan_is_read_with_the_lines_of_its_parts() -> None:
    text = f"{HEAD}waves:\n- id: w\n  jobs:\n  - id: a\n    needs:\n    - b\n    - c\n  - {{id: b}}\n"
    document = read_plan(text, "f.yaml")
    lines = {
        (): 1,
        ("name",): 2,
        ("waves",): 3,
        ("waves", 0): 4,
        ("waves", 0, "jobs", 0, "needs", 1): 9,
        ("waves", 0, "jobs", 1, "id"): 10,
        ("waves", 0, "jobs", 1, "title"): 10,
        ("waves", 0, "jobs", 0, "needs", 7): 7,
        ("waves", 5): 3,
        ("waves", 0, "id", "x"): 4,
    }
    assert {path: document.lines.line(*path) for path in lines} == lines
    assert document.name == "f.yaml"


def test_path_lines_give_the_nearest_line_above() -> None:
    lines = PathLines({("a",): 3, ("a", 1, "b"): 7})
    found: list[tuple[Path, int | None]] = [(("a", 1, "b", 2), 7), (("a", 1), 3), (("c",), None), ((), None)]
    assert [(path, lines.line(*path)) for path, _ in found] == found


def test_json_is_read_too() -> None:
    plan = {"version": 1, "name": "p", "title": None, "waves": [{"id": "w", "jobs": [{"id": "a", "retries": 2}]}]}
    assert read_plan(json.dumps(plan, indent=1), "f.json").plan.jobs["a"].retries == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_the_usual_encodings_are_read(encoding: str) -> None:
    bom = {"utf-16-le": "\ufeff", "utf-16-be": "\ufeff"}.get(encoding, "")
    text = f"{bom}{HEAD}title: Äöü\n{TAIL}".replace("\n", "\r\n")
    assert read_plan(text.encode(encoding), "f.yaml").plan.title == "Äöü"


def test_scalars_are_what_their_field_makes_of_them() -> None:
    text = (
        "version: 1\nname: p\ntitle: NO\ngoal: 2024-01-01\nlimits: {jobs: 3, cost_usd: 1e2}\n"
        "agents: {NO: {kind: claude, model: 4}}\n"
        "waves: [{id: 1, barrier: NO, jobs: [{id: 1.10}, {id: 1.1, needs: [1.10], agent: NO, done: yes}, {id: 010}]}]\n"
    )
    plan = read_plan(text, "f.yaml").plan
    assert (plan.title, plan.goal, plan.limits.jobs, plan.limits.cost_usd) == ("NO", "2024-01-01", 3, 100.0)
    assert plan.agents["NO"].model == "4"
    assert list(plan.jobs) == ["1.10", "1.1", "010"]
    assert plan.jobs["1.1"].needs == ("1.10",)
    assert plan.jobs["1.1"].done
    assert not plan.waves[0].barrier


def test_quotes_change_nothing_but_nulls() -> None:
    plan = read_plan(f'{HEAD.replace("1", chr(34) + "1" + chr(34))}title: "null"\ngoal: "~"\nbase: ~\n{TAIL}', "f").plan
    assert (plan.version, plan.title, plan.goal, plan.base) == (1, "null", "~", None)


def test_an_empty_field_counts_as_left_out_but_an_empty_agent_does_not() -> None:
    assert read_plan(job("needs:\n        prompt: ~"), "f").plan.jobs["a"].needs == ()
    assert told(f"{HEAD}agents: {{default: }}\n{TAIL}") == "f.yaml:3: 'default' must be a mapping, not nothing"


def test_anchors_and_merge_keys_are_written_out() -> None:
    text = (
        f"{HEAD}waves:\n- id: w\n  jobs:\n  - &one {{id: a, retries: 1, locks: [x]}}\n"
        "  - {<<: *one, id: b}\n  - {<<: [{retries: 7}, *one], id: c}\n"
    )
    document = read_plan(text, "f")
    jobs = document.plan.jobs
    assert [(j.id, j.retries, j.locks) for j in jobs.values()] == [("a", 1, ("x",)), ("b", 1, ("x",)), ("c", 7, ("x",))]
    assert document.lines.line("waves", 0, "jobs", 2, "locks") == 6


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "f.yaml: the plan is empty"),
        ("\n# only a comment\n", "f.yaml: no waves, tracks or agent tasks found"),
        ("# Notes\n\nSome prose: with a colon.\n\n- a list\n", "f.yaml: no waves, tracks or agent tasks found"),
        ("---\ntitle: Doc\nname: x\n---\n# Title\n\ntext\n", "f.yaml: no waves, tracks or agent tasks found"),
        (
            "# App\n\nThis is what it does: little.\n\n```yaml\nversion: 1\nname: x\n```\n",
            "f.yaml: no waves, tracks or agent tasks found",
        ),
        ("- 1\n- 2\n", "f.yaml: no waves, tracks or agent tasks found"),
        (f"{HEAD}waves: [\n", "f.yaml:4: not valid YAML: "),
        (f"{HEAD}waves:\n\t- id: w\n", "f.yaml:4: a tab stands where YAML wants spaces\n    hint: indent with spaces"),
        (
            f"{HEAD}title: a: b\n{TAIL}",
            "f.yaml:3: not valid YAML: mapping values are not allowed in this context\n    hint",
        ),
        (f"{HEAD}title: @home\n{TAIL}", "f.yaml:3: a value cannot begin with '@' unless it is quoted"),
        (f'{HEAD}title: "open\n{TAIL}', "begun in line 3\n    hint: close the quotes"),
        (f"{HEAD}title: a\x07b\n{TAIL}", "f.yaml:3: the character U+0007 cannot stand in YAML"),
        (f"{HEAD}{TAIL}---\nversion: 1\n", "f.yaml:4: a second YAML document begins here"),
        (
            f"{HEAD}title: !!python/name:os.system x\n{TAIL}",
            "f.yaml:3: the tag 'tag:yaml.org,2002:python/name:os.system'",
        ),
        (f"{HEAD}title: *x\n{TAIL}", "f.yaml:3: the alias *x names no anchor"),
        (f"{HEAD}? [a]\n: b\n{TAIL}", "f.yaml:3: a key must be text"),
        (f"{HEAD}? \n: b\n{TAIL}", "f.yaml:3: a key is missing before ':'"),
        (f"{HEAD}<<: x\n{TAIL}", "f.yaml:3: `<<` takes a mapping"),
        (f"{HEAD}name: q\n{TAIL}", "f.yaml:3: the key 'name' stands twice, in line 2 and in line 3"),
        (f"{HEAD}waves: &a [*a]\n", "f.yaml:3: nested more than 100 levels deep"),
        (f"{HEAD}waves: {'[' * 100_000}\n", "f.yaml:3: nested more than 100 levels deep"),
        (f"{HEAD}waves: {'{a: ' * 5_000}\n", "f.yaml:3: nested more than 100 levels deep"),
        ("[]", "f.yaml: no waves, tracks or agent tasks found"),
    ],
)
def test_what_is_no_plan_is_told_in_a_line(text: str, said: str) -> None:
    assert said in told(text)


def test_an_alias_bomb_is_refused_before_it_goes_off() -> None:
    levels = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    assert "aliases repeat more than 100000 values" in told(f"{HEAD}a0: &a0 [x]\n{levels}{TAIL}")


def test_bytes_that_are_no_text_are_told() -> None:
    assert told(b"version: 1\nname: \xff\n").startswith("f.yaml:2: not text in UTF-8")
    assert told(b"\xff\xfea").startswith("f.yaml: not text in UTF-16")
    assert told("version: 1".encode("utf-32"))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ("neds: [b]", "7: unknown field 'neds' in a job\n    hint: did you mean 'needs'?"),
        ("xyz: 1", "7: unknown field 'xyz' in a job"),
        ("needs: b", "7: 'needs' must be a list, not 'b'\n    hint: write [b]"),
        (
            "run: make docs",
            'list, not \'make docs\'\n    hint: write the program and its arguments one by one: ["make", "docs"]',
        ),
        ("prompt: [x]", "7: 'prompt' must be text, not a list"),
        ("owns: [x]", "7: 'owns' must be a mapping, not a list"),
        ("retries: many", "7: 'retries' must be a whole number, not 'many'"),
        ("retries: 101", "7: 'retries' should be less than or equal to 100, not '101'"),
        ("done: perhaps", "7: 'done' must be true or false, not 'perhaps'"),
        ("estimate: 3", "7: 'estimate': '3' is not a duration: write 90s, 45m"),
        ("pipeline: []", "7: 'pipeline' must not be empty"),
        (
            "pipeline: [implemnt]",
            "entry 1 of 'pipeline' must be 'plan', 'implement' or 'validate', not 'implemnt'\n    hint: did",
        ),
        ("roles: {validat: x}", "did you mean 'validate'?"),
        ("criteria: [{chek: [x]}]", "7: unknown field 'chek' in 'criteria'\n    hint: did you mean 'check'?"),
        ("criteria: [[x]]", "7: entry 1 of 'criteria' must be text or a mapping, not a list"),
        ("start: {after: 1h, done: b}", "'start': a start condition is exactly one of"),
        ("start: {all: [{progress: t}]}", "entry 1 of 'all': `progress` (a track) and `percent` go together"),
        ("needs: [a b]", "entry 1 of 'needs' must be made of letters, digits"),
        ("needs: [a..b]", "cannot name a git branch"),
        ("contingency: [{instead: x}]", "a contingency says when it applies"),
    ],
)
def test_a_wrong_field_is_told_in_words_with_its_line(fields: str, said: str) -> None:
    message = told(job(fields))
    assert said in message
    assert message.startswith("f.yaml:7: ")
    assert message.count("f.yaml:") == (2 if "chek" in fields else 1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"version: 2\nname: p\n{TAIL}", "f.yaml:1: 'version' must be 1, not '2'"),
        (f"version: 1\nname: A b\n{TAIL}", "f.yaml:2: 'name' must be made of lower-case letters"),
        (HEAD, "f.yaml:1: the plan has no 'waves', which it needs"),
        (f"{HEAD}waves: []\n", "f.yaml:3: 'waves' must not be empty"),
        (f"{HEAD}waves: [{{id: w, jobs: [x]}}]\n", "f.yaml:3: entry 1 of 'jobs' must be a mapping, not 'x'"),
        (f"{HEAD}waves: [{{id: w}}]\n", "f.yaml:3: a wave has no 'jobs', which it needs"),
        (f"{HEAD}agents: {{a b: {{kind: claude}}}}\n{TAIL}", "f.yaml:3: 'a b' must be made of letters"),
        (f"{HEAD}agents: {{a: {{kind: claud}}}}\n{TAIL}", "did you mean 'claude'?"),
        (
            f"{HEAD}merge: {{order: [a, [b, c d], {{x: 1}}]}}\n{TAIL}",
            "f.yaml:3: entry 3 of 'order' must be text or a list",
        ),
        (f"{HEAD}limits: {{cost_usd: inf}}\n{TAIL}", "f.yaml:3: 'cost_usd' must be a number that is not infinite"),
    ],
)
def test_a_wrong_plan_is_told_in_words_with_its_line(text: str, said: str) -> None:
    assert said in told(text)


def test_everything_is_told_at_once_in_the_order_of_lines() -> None:
    text = "version: 1\nname: P\nname: q\ntitel: x\nwaves:\n- id: w\n  jobs:\n  - id: a\n    retries: x\n  - needs: b\n"
    lines = [line.split(":")[1] for line in told(text).splitlines() if line.startswith("f.yaml:")]
    assert lines == ["2", "3", "4", "9", "10", "10"]


texts = st.text(st.sampled_from("abwaves:id \n-[]{}&*!|>'\"#%@,?~<\t01."), max_size=60)


@given(texts)
@examples(300)
def test_no_text_ends_in_anything_but_a_plan_or_a_plan_error(text: str) -> None:
    for data in (text, f"{HEAD}{text}", f"{HEAD}{TAIL}{text}"):
        try:
            document = read_plan(data, "f")
        except PlanError as error:
            assert error.problems  # noqa: PT017 - either end is fine
        else:
            assert isinstance(document.plan, Plan)


@given(st.binary(max_size=40))
def test_no_bytes_end_in_anything_but_a_plan_error(data: bytes) -> None:
    with pytest.raises(PlanError):
        read_plan(data, "f")
