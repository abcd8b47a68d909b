import time
from collections.abc import Callable

import pytest

from plans.document import Document
from plans.lint import lint_plan
from plans.model import Job, Owns, Plan, Track, Wave
from plans.read import read_plan

TITLE = "title: T"


def lint(body: str, exists: Callable[[str], bool] | None = None) -> list[str]:
    document = read_plan(f"version: 1\nname: p\n{body}", "f.yaml")
    return [problem.show("f.yaml") for problem in lint_plan(document, exists)]


def wave(*fields: str, more: str = "") -> str:
    listed = "".join(f"  - {{{field}, title: T}}\n" for field in fields)
    return f"- id: w{len(fields)}{more}\n  jobs:\n{listed}"


A = "id: a, owns: {create: [src/*.py]}"
B = "id: b, owns: {modify: [src/x.*]}"
CLASH = (
    "f.yaml:7: job 'a' and job 'b' may both write 'src/x.py' while both run: 'src/*.py' (line 6) and 'src/x.*'\n"
    "    hint: let one need the other, give both a common lock, divide the paths, or run with --overlaps order"
)


def test_two_jobs_that_may_write_one_path_while_both_run_are_both_named_with_a_path() -> None:
    assert lint(f"waves:\n{wave(A, B)}") == [CLASH]


@pytest.mark.parametrize(
    "waves",
    [
        wave(A, f"{B}, needs: [a]"),
        wave(A, "id: c, needs: [a], owns: {create: [c]}", f"{B}, needs: [c]"),
        wave(f"{A}, locks: [x, y]", f"{B}, locks: [y]"),
        wave(A, B, more="\n  mode: serial"),
        wave(A, f"{B}, done: true"),
        wave(A) + wave(B, "id: c, owns: {create: [c]}"),
    ],
    ids=["needs", "needs through another", "a common lock", "a serial wave", "done", "another wave"],
)
def test_what_cannot_run_together_may_write_the_same(waves: str) -> None:
    assert lint(f"waves:\n{waves}") == []


def test_jobs_of_one_track_may_write_the_same() -> None:
    assert lint(f"tracks: [{{id: t}}]\nwaves:\n{wave(f'{A}, track: t', f'{B}, track: t')}") == []


def test_jobs_of_waves_without_a_barrier_between_them_are_compared() -> None:
    waves = wave(A, more="\n  barrier: false") + wave(B, "id: c, owns: {create: [c]}")
    assert len([line for line in lint(f"waves:\n{waves}") if "may both write" in line]) == 1


def test_what_a_track_owns_is_owned_by_its_jobs() -> None:
    tracks = "tracks:\n- {id: t, owns: {modify: [docs/**]}}\n- {id: u, owns: {create: ['*.md']}}\n"
    found = lint(f"{tracks}waves:\n{wave('id: a, track: t', 'id: b, track: t', 'id: c, track: u')}")
    assert len(found) == 1
    assert found[0].startswith("f.yaml:5: track 't' and track 'u' may both write 'docs/.md' while both run")


def test_two_owners_are_told_once_however_many_patterns_they_share() -> None:
    both = "owns: {modify: [a, b, c]}"
    found = lint(f"waves:\n{wave(f'id: a, {both}', f'id: b, {both}', f'id: c, {both}')}")
    assert len(found) == 3


@pytest.mark.parametrize(
    ("reader", "creator", "errors"),
    [
        ("id: r, owns: {create: [r], read: [api/t.ts]}", "id: c, owns: {create: ['api/**']}", 1),
        ("id: r, needs: [c], owns: {create: [r], read: [api/t.ts]}", "id: c, owns: {create: ['api/**']}", 0),
        ("id: r, owns: {create: [r], read: [api/t.ts]}", "id: c, needs: [r], owns: {create: ['api/**']}", 0),
        ("id: r, owns: {create: [r], read: [api/t.ts]}", "id: c, owns: {modify: ['api/**']}", 0),
        ("id: r, owns: {create: [r], read: [api/t.ts]}", "id: c, done: true, owns: {create: ['api/**']}", 0),
    ],
)
def test_reading_what_another_job_creates_takes_a_need(reader: str, creator: str, errors: int) -> None:
    found = lint(f"waves:\n{wave(reader, creator)}")
    said = (
        "f.yaml:6: job 'r' reads 'api/t.ts' ('api/t.ts'), which job 'c' creates ('api/**'), without needing it\n"
        "    hint: add 'c' to its `needs`, let it read less, or run with --overlaps order"
    )
    assert found == [said] * errors


@pytest.mark.parametrize(
    ("frozen", "write", "path"),
    [
        ("src/core.py", "src/core.py", "src/core.py"),
        ("src/core/**", "src/core/x.py", "src/core/x.py"),
        ("src/core/x.py", "src/**", "src/core/x.py"),
        ("**/agent.py", "src/agent.py", "src/agent.py"),
        ("agent.py", "**/agent.py", "agent.py"),
        ("**/agent.py", "src/**", None),
        ("**/agent.py", "src/", None),
        ("*.lock", "docs/*.md", None),
        ("src/core.py", "docs/**", None),
    ],
)
def test_a_write_to_what_is_frozen_is_told(frozen: str, write: str, path: str | None) -> None:
    found = lint(f"frozen: ['{frozen}']\nwaves:\n{wave(f'id: a, owns: {{modify: [{write!r}]}}')}")
    said = f"f.yaml:7: job 'a' is to write {path!r} ({write!r}), which is frozen ({frozen!r})"
    assert found == ([] if path is None else [said])


def test_every_pattern_that_is_none_is_told_with_its_line() -> None:
    body = "frozen:\n- '!a'\ntracks:\n- {id: t, owns: {read: [../x]}}\nwaves:\n- id: w\n  jobs:\n"
    body += "  - {id: a, title: A, track: t, owns: {create: [ok, 'a\\b'], modify: ['']}}\n"
    assert [line.split("\n")[0] for line in lint(body)] == [
        "f.yaml:4: the pattern '!a' is negated",
        "f.yaml:6: the pattern '../x' leaves the repository",
        "f.yaml:10: the pattern 'a\\\\b' has a backslash before a letter",
        "f.yaml:10: the pattern '' is empty",
    ]


def test_a_path_to_read_that_is_not_there_and_that_nobody_creates_is_a_warning() -> None:
    body = f"waves:\n{wave('id: a, owns: {create: [new/**], read: [old.py, gone.py]}')}"
    body += wave("id: b, owns: {create: [b], read: [new/x.py]}", "id: c, owns: {create: [c]}")
    assert lint(body, exists=lambda pattern: pattern == "old.py") == [
        "f.yaml:6: warning: job 'a' reads 'gone.py', which is not there and which no job creates"
    ]
    assert lint(body) == []


def test_a_job_without_paths_where_others_have_some_is_a_warning() -> None:
    found = lint(f"waves:\n{wave(A, 'id: b')}{wave('id: c', 'id: d', 'id: e')}")
    assert found == [
        (
            "f.yaml:7: warning: job 'b' does not declare the paths it writes, though other jobs of wave 'w2' do\n"
            "    hint: list it under `owns`: without it, the job may write everything that is not frozen"
        )
    ]


def test_a_cycle_hides_no_plan_behind_overlaps_that_follow_from_it() -> None:
    found = lint(f"waves:\n{wave(f'{A}, needs: [b]', f'{B}, needs: [a]')}")
    assert [line.split(":")[2].strip() for line in found] == ["a cycle"]


def test_ten_thousand_jobs_are_checked_in_seconds() -> None:
    def job(number: int) -> Job:
        needs = (f"j{number - 500}",) if number >= 500 else ()
        owns = Owns(create=(f"src/m{number}/**",), modify=(f"docs/{number}.md",), read=("src/common/**",))
        return Job(id=f"j{number}", title="T", needs=needs, owns=owns, track=f"t{number % 500}")

    jobs = [job(number) for number in range(10_000)]
    waves = tuple(Wave(id=f"w{at}", jobs=tuple(jobs[at * 500 : (at + 1) * 500])) for at in range(20))
    tracks = tuple(Track(id=f"t{at}") for at in range(500))
    plan = Plan(version=1, name="p", tracks=tracks, waves=waves)
    began = time.process_time()
    assert lint_plan(Document(plan, "f")) == ()
    assert time.process_time() - began < 4  # about 1.5 s where nothing else runs
