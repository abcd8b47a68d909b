import pytest

from plans.markdown.draft import Draft, DraftTrack
from plans.markdown.recognisers.ownership import recognise_ownership
from tests.plans.drafts import FAR, job, recognised, tracks_draft, waves_draft, writes


def _tracks() -> Draft:
    draft = tracks_draft({"1": "Parser", "2": "Pages", "3": "Docs"})
    parser, pages, docs = draft.waves[0].jobs
    writes(parser, "src/parse/lexer.py", "src/shared/base.py")
    writes(pages, "web/index.html")
    writes(docs, "docs/guide.md", "INTRO.md")
    return draft


def _writes(draft: Draft) -> dict[str, list[str]]:
    return {one.key: list(one.owns.paths()) for one in draft.jobs}


def test_a_pattern_around_a_tracks_files_is_added_where_nobody_else_is_inside() -> None:
    text = """
    1. **File Ownership:**
       - Track 1: `src/parse/*`
       - Track 2: `web/**`
       - Track 3: `docs/*`, `*.md` (words only)
    """
    draft = recognised(recognise_ownership, text, _tracks())
    assert _writes(draft) == {
        "1": ["src/parse/lexer.py", "src/shared/base.py", "src/parse/**"],
        "2": ["web/index.html", "web/**"],
        "3": ["docs/guide.md", "INTRO.md", "docs/**", "/*.md"],
    }


def test_a_pattern_that_would_take_in_what_another_owns_is_left_out() -> None:
    draft = _tracks()
    writes(draft.waves[0].jobs[1], "src/shared/style.css")
    recognised(recognise_ownership, "## File Ownership\n- Track 1: `src/*`\n- Track 2: `web/*`\n", draft)
    assert _writes(draft)["1"] == ["src/parse/lexer.py", "src/shared/base.py"]
    assert _writes(draft)["2"] == ["web/index.html", "src/shared/style.css", "web/**"]


def test_shortened_paths_and_names_without_folders_add_nothing() -> None:
    text = """
    ### Shared File Strategy
    - `base.py` - Track 1 ONLY
    - Track 1: parse/lexer.py, parse/*
    - Track 2: `base.py`
    """
    assert _writes(recognised(recognise_ownership, text, _tracks())) == _writes(_tracks())


def test_who_lists_nothing_gets_what_the_document_says_elsewhere() -> None:
    draft = tracks_draft({"1": "Parser", "2": "Pages"})
    text = """
    ## File ownership
    **Track 1:**
    - `src/parse/` (new)
    - `src/base.py`

    `web/index.html` → Track 2
    """
    recognised(recognise_ownership, text, draft)
    assert _writes(draft) == {"1": ["src/parse/", "src/base.py"], "2": ["web/index.html"]}
    assert [said.text for said in draft.waves[0].jobs[0].owns.create] == ["src/parse/"]


def test_a_matrix_gives_files_by_its_marks_and_reading_is_not_owning() -> None:
    draft = tracks_draft({"A": "x one", "B": "y two", "C": "z three"}, word="agent")
    writes(draft.waves[0].jobs[0], "src/a/one.py")
    text = """
    | File | Agent A | Agent B | Agent C |
    |------|---------|---------|---------|
    | `src/a/one.py:1-40` | OWNS | - | 📖 read |
    | `src/a/*.py` | ✏️ edit | — | — |
    | `src/b.py` | — | NEW | — |
    | `src/c.py` | read | none | 🔧 wire |
    """
    recognised(recognise_ownership, text, draft)
    assert _writes(draft) == {"A": ["src/a/one.py"], "B": ["src/b.py"], "C": ["src/c.py"]}
    assert [said.text for said in draft.waves[0].jobs[1].owns.create] == ["src/b.py"]


def test_a_table_of_owners_is_read_where_ownership_is_spoken_of() -> None:
    table = "| Path | Owner |\n|---|---|\n| `src/b.py` | Track 2 |\n"
    draft = recognised(recognise_ownership, f"## Ownership\n\n{table}", tracks_draft({"1": "P", "2": "Q"}))
    assert _writes(draft) == {"1": [], "2": ["src/b.py"]}
    draft = recognised(recognise_ownership, f"## Reviewers\n\n{table}", tracks_draft({"1": "P", "2": "Q"}))
    assert _writes(draft) == {"1": [], "2": []}


def test_the_lists_of_one_agents_plan_tell_new_from_changed_and_read() -> None:
    first = writes(job("1", "Write the lexer", track="agent 1"), "src/lexer.py")
    draft = waves_draft({"": [first, job("2", "Test it", track="agent 1")]})
    draft.tracks["agent 1"] = DraftTrack("1", "", FAR, "agent")
    text = """
    ## File Ownership
    ### CREATE
    - `/src/lexer.py`
    - `src/extra.py`
    ### MODIFY
    - None
    ### READ-ONLY
    - `shared/types.ts` (after agent-2 creates)
    """
    recognised(recognise_ownership, text, draft)
    track = draft.tracks["agent 1"]
    assert ([said.text for said in first.owns.create], first.owns.modify) == (["src/lexer.py"], [])
    assert [said.text for said in track.owns.create] == ["src/extra.py"]
    assert [said.text for said in track.owns.read] == ["shared/types.ts"]


@pytest.mark.parametrize(
    ("line", "frozen"),
    [
        ("- All `agent.py` files - NO ONE touches (done)", ["**/agent.py"]),
        ("- `config/base.yml` - nobody may edit", ["config/base.yml"]),
        ("Do not modify: `schema.sql`, `config/base.yml`", ["schema.sql", "config/base.yml"]),
        ("### Off-limits\n\n- `vendor/`", ["vendor/"]),
        ("Do not modify anything lightly.", []),
        ("- `schema.sql` - Track 1 changes it", []),
    ],
)
def test_files_that_nobody_may_touch_are_frozen(line: str, frozen: list[str]) -> None:
    draft = recognised(recognise_ownership, f"## Rules\n\n{line}\n", _tracks())
    assert [said.text for said in draft.frozen] == frozen


def test_a_frozen_file_that_a_job_lists_is_a_contradiction_with_both_lines() -> None:
    draft = recognised(recognise_ownership, "Do not modify: `web/index.html`\n", _tracks())
    assert draft.frozen == []
    assert [problem.line for problem in draft.warnings] == [1]
    assert str(FAR) in draft.warnings[0].message


def test_what_one_agent_must_not_touch_is_not_frozen_for_all() -> None:
    text = """
    ## Agent A: Parser
    **Does NOT touch**:
    - `web/index.html`
    - Do not modify: `web/other.html`
    """
    assert recognised(recognise_ownership, text, tracks_draft({"A": "Parser"}, word="agent")).frozen == []
