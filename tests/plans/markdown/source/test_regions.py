from textwrap import dedent

import pytest

from plans.errors import PlanError
from plans.markdown.source.outline import Node, read_outline
from plans.markdown.source.regions import Place, Region, keeps_progress, lists_work, shows_data
from plans.model import Plan
from plans.read import read_plan


def _places(text: str) -> dict[str, Place]:
    return {node.text: node.place for node in read_outline(dedent(text)).walk() if node.is_heading}


def _plan(text: str) -> Plan:
    return read_plan(dedent(text), "plan.md").plan


@pytest.mark.parametrize(
    ("heading", "region", "defines"),
    [
        ("Backend", Region.DEFINES, None),
        ("Agent Assignments", Region.DEFINES, True),
        ("Next steps", Region.RUNS, False),
        ("Git workflow", Region.RUNS, None),
        ("Lessons learned", Region.REPEATS, False),
        ("Risks", Region.RULES, False),
        ("Implementation details", Region.RULES, None),
        ("Message formats", Region.SHOWS, None),
        ("Templates", Region.SHOWS, False),
        ("风险管理", Region.RULES, False),
    ],
)
def test_a_heading_tells_what_its_section_is(heading: str, region: Region, defines: bool | None) -> None:
    assert _places(f"# Title\n\n## {heading}\n\nWords.\n")[heading] == Place(region, defines)


def test_of_several_topics_the_one_that_tells_agents_the_least_counts() -> None:
    places = _places("# T\n## Example rules\nx\n## Merge rules\nx\n## Summary of risks\nx\n")
    assert [place.region for place in places.values()] == [Region.DEFINES, Region.SHOWS, Region.RUNS, Region.RULES]


def test_a_section_is_at_most_what_it_stands_in() -> None:
    places = _places(
        """
        ## Examples
        ### Rules
        x
        ## Branches
        ### Conventions
        x
        ## Conventions
        ### Naming
        x
        ### Branches
        x
        """
    )
    regions = [place.region for place in places.values()]
    # Of two sections of one heading the later one is kept.
    assert list(places) == ["Examples", "Rules", "Branches", "Conventions", "Naming"]
    assert regions == [Region.SHOWS, Region.SHOWS, Region.RUNS, Region.RULES, Region.RULES]


def test_a_title_about_rules_makes_no_rules_of_the_document() -> None:
    places = _places("# Architecture of the port\n\n## Quays\n\nWords.\n")
    assert places["Architecture of the port"].region is Region.RULES
    assert places["Quays"] == Place()


def test_a_line_with_a_colon_over_a_list_shows_as_a_heading_does() -> None:
    places = _places("## Quays\n\n1. **Example messages:**\n   - one\n2. Notes:\n   - two\n")
    assert [(text, place.region) for text, place in places.items()][1:] == [
        ("**Example messages:**", Region.SHOWS),
        ("Notes:", Region.DEFINES),
    ]


def test_what_is_in_a_fence_is_no_section() -> None:
    outline = read_outline("## Quays\n\n```\nProgress:\n├── one\n└── two\n```\n")
    fenced = [inner for node in outline.walk() if node.kind == "fence" for inner in node.walk()]
    assert [one.place for one in fenced] == [Place()] * 4


_WORK = """
# Port, by agents in parallel

## {heading}

### Task 1: Lay the quay
**Agent:** ada
**Files:** `quay.py`

### Task 2: Lift the crane
**Agent:** bob
**Files:** `crane.py`
"""


@pytest.mark.parametrize("heading", ["Schedule", "Implementation details", "Sample harbour"])
def test_work_that_is_named_under_an_open_heading_is_defined_there(heading: str) -> None:
    plan = _plan(_WORK.format(heading=heading))
    assert [job.title for job in plan.jobs.values()] == ["Lay the quay", "Lift the crane"]


@pytest.mark.parametrize("heading", ["Templates", "Beispiele"])
def test_work_that_is_only_shown_is_beside_the_plan(heading: str) -> None:
    shown = _WORK.format(heading=heading)
    real = "\n## Wave 1: Now\n\n### Agent 1: Dredge\n**Files:** `d.py`\n\n### Agent 2: Light\n**Files:** `l.py`\n"
    assert [job.title for job in _plan(f"{shown}{real}").jobs.values()] == ["Dredge", "Light"]


def test_work_is_shared_out_also_where_the_heading_above_speaks_of_it_again() -> None:
    text = _WORK.replace("## {heading}", "## Timeline\n\n### Agent assignments").replace("### Task", "#### Task")
    assert len(_plan(text).jobs) == 2


def test_nothing_said_in_a_shown_section_is_said_of_the_plan() -> None:
    order = "\n## {heading}\n\nMerge order: Task 2 -> Task 1\n"
    told = _plan(_WORK.format(heading="Work") + order.format(heading="Landing"))
    shown = _plan(_WORK.format(heading="Work") + order.format(heading="Example"))
    assert (len(told.merge.order), shown.merge.order) == (2, ())


@pytest.mark.parametrize("heading", ["Before you begin", "Prerequisites", "Validation results"])
def test_a_list_beside_a_waves_work_is_none_of_its_jobs(heading: str) -> None:
    place = read_outline(f"## Wave\n### {heading}\n- x\n").children[0].children[0].place
    assert not lists_work(heading, place)
    assert lists_work("What Ada does", Place()) is False
    assert lists_work("Backend", Place())


def test_data_under_a_schema_is_no_plan() -> None:
    assert shows_data("JSON Schema of a job", Place())
    assert not shows_data("Jobs", Place())


@pytest.mark.parametrize("heading", ["Progress", "Status board", "Fortschritt", "进度"])
def test_progress_is_kept_under_its_own_headings(heading: str) -> None:
    assert keeps_progress(heading)
    assert not keeps_progress("Status")


def test_a_document_of_examples_alone_is_no_plan() -> None:
    with pytest.raises(PlanError):
        _plan("# Port\n\n## Examples\n\nWords about ships.\n")


def test_a_part_that_heads_nothing_has_no_place() -> None:
    assert Node("paragraph", "Rules", 1).place == Place()
