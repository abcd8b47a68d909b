"""What a run says before it begins: what is not committed, not pulled, or can never be committed."""

from pathlib import Path

from tasks.home import Home
from tasks.run.opening import open_hub
from tests.tasks.conftest import MakePlan, RunGit


def warnings_of(repo: Path, home: Home, make_plan: MakePlan, *jobs: dict[str, object]) -> list[str]:
    with open_hub(repo, make_plan(*jobs), home) as hub:
        return hub.warnings


def test_what_is_not_committed_is_named_and_what_jobs_read_first(
    user_repo: Path, home: Home, make_plan: MakePlan
) -> None:
    for name in "abcdef":
        (user_repo / f"{name}.txt").write_text("mine\n")
    (user_repo / "specs").mkdir()
    (user_repo / "specs/one.md").write_text("mine\n")
    job: dict[str, object] = {"id": "one", "owns": {"read": ["specs/one.md", "/f.txt"]}}
    [said] = warnings_of(user_repo, home, make_plan, job)
    assert said.startswith("7 uncommitted changes")
    assert said.endswith("no job sees them: f.txt, specs/, a.txt, b.txt and 3 more")


def test_a_clean_checkout_that_is_up_to_date_is_told_of_nothing(
    user_repo: Path, tmp_path: Path, home: Home, make_plan: MakePlan, run_git: RunGit
) -> None:
    run_git(tmp_path, "clone", "-q", str(user_repo), "clone")
    assert warnings_of(tmp_path / "clone", home, make_plan) == []


def test_a_branch_behind_what_was_fetched_is_told(
    user_repo: Path, tmp_path: Path, home: Home, make_plan: MakePlan, run_git: RunGit
) -> None:
    run_git(tmp_path, "clone", "-q", str(user_repo), "clone")
    for _ in range(2):
        run_git(user_repo, "commit", "-q", "--allow-empty", "-m", "Theirs")
    assert warnings_of(tmp_path / "clone", home, make_plan) == [], "nobody has fetched it"
    run_git(tmp_path / "clone", "fetch", "-q")
    [said] = warnings_of(tmp_path / "clone", home, make_plan)
    assert "main is 2 commits behind origin/main" in said
    run_git(tmp_path / "clone", "merge", "-q", "--ff-only", "origin/main")
    run_git(tmp_path / "clone", "commit", "-q", "--allow-empty", "-m", "Mine")
    assert not any("behind" in said for said in warnings_of(tmp_path / "clone", home, make_plan))


def test_a_branch_whose_upstream_is_gone_is_no_matter(
    user_repo: Path, home: Home, make_plan: MakePlan, run_git: RunGit
) -> None:
    run_git(user_repo, "remote", "add", "origin", "/nowhere")
    run_git(user_repo, "config", "branch.main.remote", "origin")
    run_git(user_repo, "config", "branch.main.merge", "refs/heads/main")
    assert warnings_of(user_repo, home, make_plan) == []


def test_files_that_git_would_ignore_are_told_of_the_job_that_is_to_create_them(
    user_repo: Path, home: Home, make_plan: MakePlan, run_git: RunGit
) -> None:
    (user_repo / "docs/.gitignore").write_text("*.html\n!kept.html\n")
    (user_repo / "src/known.log").write_text("known\n")
    run_git(user_repo, "add", "-f", ".")
    run_git(user_repo, "commit", "-q", "-m", "Ignore pages")
    ignored = ["build/out.txt", "docs/site/**/*.html", "src/*.log"]
    fine = ["src/new.py", "docs/kept.html", "/index.html", "src/known.log", "src/**"]
    job: dict[str, object] = {"id": "one", "owns": {"create": [*ignored, *fine]}}
    [said] = warnings_of(user_repo, home, make_plan, job, {"id": "two", "owns": {"create": ["src/b2.py"]}})
    assert said.startswith("job 'one' is to create what `.gitignore` ignores: build/out.txt, docs/site/**/*.html (such")
    assert "src/*.log (such as src/" in said
    assert not any(path in said for path in fine[:-1])


def test_a_job_that_the_plan_calls_done_creates_nothing_more(user_repo: Path, home: Home, make_plan: MakePlan) -> None:
    job: dict[str, object] = {"id": "one", "done": True, "owns": {"create": ["build/out.txt"]}}
    assert warnings_of(user_repo, home, make_plan, job, {"id": "two"}) == []
