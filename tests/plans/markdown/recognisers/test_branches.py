import pytest

from plans.markdown.draft import Draft
from plans.markdown.recognisers.branches import recognise_branches
from tests.plans.drafts import recognised, tracks_draft


def _tracks() -> Draft:
    return tracks_draft({"1": "Parser rewrite", "2": "Billing pages", "3": "Docs"})


def _branches(text: str) -> dict[str, str]:
    draft = recognised(recognise_branches, text, _tracks())
    return {track.key: track.branch.text for track in draft.tracks.values() if track.branch is not None}


def test_a_branch_belongs_to_the_track_of_the_comment_above_it() -> None:
    text = """
    ```sh
    # Track 1 (parser)
    git checkout -b feature/parse
    # work
    # Track 2
    git switch -c feature/pages   # then push
    ```
    """
    assert _branches(text) == {"1": "feature/parse", "2": "feature/pages"}


def test_worktrees_and_inline_commands_name_branches_too() -> None:
    text = """
    ```sh
    git worktree add ../x -b feat/billing
    ```
    - Track 3: `git checkout -b docs/all`
    """
    assert _branches(text) == {"2": "feat/billing", "3": "docs/all"}


@pytest.mark.parametrize(
    "command",
    [
        "git checkout -b wave{N}/{task-name}",
        "git checkout -b <branch>",
        "git checkout main",
        "git branch -d feat/billing",
        "git checkout -b unrelated/thing",
    ],
)
def test_placeholders_other_commands_and_unknown_words_name_no_branch(command: str) -> None:
    assert _branches(f"```sh\n{command}\n```\n") == {}
