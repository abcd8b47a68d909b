import pytest

from plans.errors import PlanError
from plans.folder import read_folder
from plans.lint import lint_plan
from plans.model import Plan

TYPES = """# Plan of Agent 1

## Tasks
1. **Define the note**
   - Files: `/music/note.py`
   - Dependencies: None
   - Output: Note type
2. **Define the chord**
   - Files: `/music/chord.py`
   - Dependencies: Note type

## Communication Points
- **Handoff to**: agent-2, Integration phase
"""
PLAYER = """# Plan of Agent 2

## Tasks
1. **Wait for the types**
   - Wait for: `/music/note.py`
2. **Open the speaker**
   - Files: `/play/speaker.py`
   - Dependencies: None (can start immediately)
3. **Play a chord**
   - Files: `/play/chord.py`
   - Dependencies: Types there, speaker open

## File Ownership
### CREATE
- `/play/speaker.py`
- `/play/chord.py`
### READ-ONLY
- `/music/note.py` (after agent-1 creates)
- `/music/chord.py` (after agent-1 creates)

## Success Criteria
- [ ] It sounds
"""
PRINTER = """# Plan of Agent 3

## Tasks
1. **Print a song**
   - Files: `/print/song.py`
   - Dependencies: None

## Communication Points
- **Receives from**: agent-2 (speaker)
"""


def files(**texts: str) -> dict[str, bytes]:
    return {f"{name.replace('_', '-')}-plan.md": text.encode() for name, text in texts.items()}


TEAM = files(agent_1=TYPES, agent_2=PLAYER, agent_3=PRINTER)


def plan(team: dict[str, bytes] | None = None) -> Plan:
    return read_folder(TEAM if team is None else team, "plans/band").plan


def test_each_file_is_a_track_of_one_wave() -> None:
    assert [track.id for track in plan().tracks] == ["agent-1", "agent-2", "agent-3"]
    assert [[job.id for job in wave.jobs] for wave in plan().waves] == [
        ["agent-1.1", "agent-1.2", "agent-2.2", "agent-2.1", "agent-2.3", "agent-3.1"]
    ]
    assert plan().name == "band"


def test_files_come_in_the_order_of_their_numbers() -> None:
    many = files(agent_10=PRINTER, agent_2=PLAYER, agent_1=TYPES)
    assert [track.id for track in plan(many).tracks] == ["agent-1", "agent-2", "agent-10"]


def test_who_reads_what_another_creates_waits_for_it() -> None:
    jobs = plan().jobs
    assert "agent-1.1" in jobs["agent-2.1"].needs
    assert "agent-1.2" in {need for job in ("agent-2.1", "agent-2.3") for need in jobs[job].needs}
    assert not jobs["agent-2.2"].needs


def test_who_only_waits_lets_its_agent_work_meanwhile() -> None:
    assert [job.id for job in plan().jobs_on("agent-2")] == ["agent-2.2", "agent-2.1", "agent-2.3"]


def test_receiving_from_an_agent_is_waiting_for_the_job_that_it_names() -> None:
    assert plan().jobs["agent-3.1"].needs == ("agent-2.2",)


def test_a_handoff_is_a_need_of_the_other_where_nothing_else_ties_them() -> None:
    team = files(
        agent_1=TYPES.replace("agent-2, Integration phase", "agent-3 (note)"), agent_3=PRINTER.partition("## Comm")[0]
    )
    assert plan(team).jobs["agent-3.1"].needs == ("agent-1.1",)


def test_the_lint_finds_nothing_wrong_with_how_they_are_tied() -> None:
    document = read_folder(TEAM, "plans/band")
    assert [problem.code for problem in lint_plan(document, lambda _: True) if problem.severity == "error"] == []


def test_two_agents_that_wait_for_each_other_are_told_and_the_later_one_is_left_out() -> None:
    one = "# Plan of Agent 1\n\n## Tasks\n1. **Build a**\n   - Files: `a.py`\n   - Dependencies: b.py\n"
    two = "# Plan of Agent 2\n\n## Tasks\n1. **Build b**\n   - Files: `b.py`\n   - Dependencies: a.py\n"
    document = read_folder(files(agent_1=one, agent_2=two), "pair")
    assert [job.needs for job in document.plan.jobs.values()] == [("agent-2.1",), ()]
    assert [problem.show("pair") for problem in document.warnings if problem.code == "contradiction"] == [
        "pair/agent-2-plan.md:6: warning: 'Build b' and 'Build a' are each to wait for the other: 'a.py' is left out"
    ]


def test_problems_and_lines_name_the_file() -> None:
    document = read_folder(TEAM, "plans/band/")
    assert str(document.lines.line("waves", 0, "jobs", 5)) == "agent-3-plan.md:4"
    clash = files(agent_1=TYPES, agent_3=PRINTER.replace("/print/song.py", "/music/note.py").partition("## Comm")[0])
    shown = [problem.show("band") for problem in lint_plan(read_folder(clash, "band"), None)]
    assert any(line.startswith("band/agent-3-plan.md:5: ") and "(line agent-1-plan.md:5)" in line for line in shown)


def test_a_file_that_is_not_text_is_told_by_its_name() -> None:
    with pytest.raises(PlanError) as failed:
        read_folder({**TEAM, "agent-9-plan.md": b"\xff\xfe\x00"}, "band")
    assert str(failed.value).startswith("band/agent-9-plan.md:1: ")


def test_a_plan_of_several_agents_beside_those_of_one_is_left_out_and_told() -> None:
    whole = b"# All\n\n## Wave 1\n\n### Agent A: one\n\nFiles: `a.py`\n\n### Agent B: two\n\nFiles: `b.py`\n"
    document = read_folder({**TEAM, "overview.md": whole}, "band")
    assert len(document.plan.tracks) == 3
    assert [problem.show("band").split(":")[0] for problem in document.warnings if problem.code == "left-out"] == [
        "band/overview.md"
    ]


def test_several_whole_plans_are_refused_by_name() -> None:
    ours = b"version: 1\nname: p\nwaves: [{id: w, jobs: [{id: a}]}]\n"
    with pytest.raises(PlanError) as failed:
        read_folder({"a.yaml": ours, "b.yaml": ours}, "two")
    assert str(failed.value).startswith("two: holds 2 plans: a.yaml, b.yaml")
