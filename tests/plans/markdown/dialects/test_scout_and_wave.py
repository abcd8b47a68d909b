import pytest

from plans.document import Document
from plans.errors import PlanError
from plans.read import read_plan

YAML = """title: Weather station
feature_slug: weather-station
verdict: SUITABLE
test_command: make test
file_ownership:
  - file: station/clock.py
    agent: A
    wave: 1
    action: new
  - file: station/log.py
    agent: C
    wave: 2
    action: modify
    depends_on: [A, Z]
interface_contracts:
  - name: Clock
    description: Tells the time.
    definition: "def now() -> int"
    location: station/clock.py
scaffolds:
  - file_path: station/types.py
    contents: |
      Time = int
waves:
  - number: 1
    agents:
      - id: A
        task: |
          ## Role
          Write the clock. It ticks.
        files: [station/clock.py, tests/test_clock.py]
      - id: B
        task: Write the gauge
        files:
          - station/gauge.py
  - number: 2
    agents:
      - id: C
        task: Log both
        files: [station/log.py]
        dependencies: [B]
completion_reports:
  B:
    status: complete
"""

MARKDOWN = """# IMPL: Weather station

### Suitability Assessment

Verdict: SUITABLE
test_command: `make test`

### Interface Contracts

```python
def now() -> int: ...
```

### File Ownership

| File | Agent | Wave | Action | Depends On |
|------|-------|------|--------|------------|
| `station/clock.py` | A | 1 | CREATE | — |
| `tests/test_clock.py` | A | 1 | CREATE | — |
| `station/gauge.py` | Agent B | Wave 1 | new | none |
| `station/log.py` | C | 2 | MODIFY | A, B |
| `setup.cfg` | Orchestrator | — | MODIFY | — |

## Wave 1

### Agent A — The clock

**Role:** Write it.

```
# Wave 1 Agent B: The gauge

You own the gauge.
```

## Wave 2

### Agent C: The log

Log both.

### Agent A - Completion Report

```yaml
status: complete
```
"""


def read(text: str) -> Document:
    return read_plan(text, "IMPL-weather-station")


@pytest.fixture(params=[YAML, MARKDOWN], ids=["YAML", "Markdown"])
def text(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_agents_are_jobs_of_their_waves(text: str) -> None:
    waves = [wave for wave in read(text).plan.waves if wave.id != "wave-0"]
    assert [(wave.id, [job.id for job in wave.jobs]) for wave in waves] == [
        ("wave-1", ["agent-A", "agent-B"]),
        ("wave-2", ["agent-C"]),
    ]


def test_an_agent_owns_its_files_by_what_it_does_to_them(text: str) -> None:
    jobs = read(text).plan.jobs
    assert set(jobs["agent-A"].owns.writes) == {"station/clock.py", "tests/test_clock.py"}
    assert "station/clock.py" in jobs["agent-A"].owns.create
    assert jobs["agent-C"].owns.modify == ("station/log.py",)


def test_dependencies_are_needs(text: str) -> None:
    assert set(read(text).plan.jobs["agent-C"].needs) == {"agent-A", "agent-B"}


def test_contracts_are_told_to_everybody_and_the_tests_are_asked_at_the_gate(text: str) -> None:
    plan = read(text).plan
    assert "def now() -> int" in plan.context
    gate = plan.waves[-1].gate
    assert gate is not None
    assert gate.question == "make test passes"


def test_what_is_reported_complete_is_done() -> None:
    assert [job.id for job in read(YAML).plan.jobs.values() if job.done] == ["agent-B"]
    assert [job.id for job in read(MARKDOWN).plan.jobs.values() if job.done] == ["agent-A"]
    everything = read(f"{YAML}state: COMPLETE\n").plan
    assert all(job.done for job in everything.jobs.values())


def test_titles_and_prompts_are_the_agents_own() -> None:
    jobs = read(MARKDOWN).plan.jobs
    assert [job.title for job in jobs.values()] == ["The clock", "The gauge", "The log"]
    assert "You own the gauge." in jobs["agent-B"].prompt
    assert read(YAML).plan.jobs["agent-A"].title == "Write the clock"


def test_scaffolds_are_a_job_before_all_others() -> None:
    first = read(YAML).plan.waves[0]
    assert (first.id, [job.owns.create for job in first.jobs]) == ("wave-0", [("station/types.py",)])
    assert "Time = int" in first.jobs[0].prompt


def test_a_letter_that_no_agent_has_is_told_with_its_line() -> None:
    assert [problem.show("f") for problem in read(YAML).warnings] == [
        "f:10: warning: agent C depends on 'Z', which is no agent of this plan"
    ]


def test_dependencies_in_a_graph_are_needs_too() -> None:
    graph = "### Dependency Graph\n\n```\n[A] station/clock.py\n[C] station/log.py\n     depends on: [A]\n```\n"
    text = MARKDOWN.replace("| A, B |", "| — |") + graph
    assert read(text).plan.jobs["agent-C"].needs == ("agent-A",)


def test_a_table_of_ownership_may_stand_in_a_fence() -> None:
    start, end = MARKDOWN.index("| File"), MARKDOWN.index("## Wave 1")
    fenced = f"```yaml type=impl-file-ownership\n{MARKDOWN[start:end].rstrip()}\n```\n\n"
    document = read(MARKDOWN[:start] + fenced + MARKDOWN[end:])
    assert document.plan.jobs["agent-B"].owns.create == ("station/gauge.py",)


def test_our_own_plans_with_waves_are_not_taken_for_it() -> None:
    ours = "version: 1\nname: p\nagents:\n  default: {kind: claude}\nwaves:\n  - id: w\n    jobs: [{id: a}]\n"
    assert read(ours).plan.jobs.keys() == {"a"}


def test_a_document_without_agents_is_refused_in_a_line() -> None:
    text = "feature_slug: x\nwaves:\n  - number: 1\n    agents:\n      []\n"
    with pytest.raises(PlanError) as failed:
        read(text)
    assert str(failed.value).startswith("IMPL-weather-station: no waves of agents found")
