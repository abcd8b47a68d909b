from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tasks.errors import LostWork, MergeConflict
from tasks.git.client import GitFailed
from tasks.hub.hub import Hub
from tasks.hub.merge_tree import merge_commits, try_merge
from tests.repositories import FILES

A = FILES["src/a.py"]
B = FILES["src/b.py"]


def commit(hub: Hub, parent: str, changes: dict[str, str | None], when: int = 1_700_000_000) -> str:
    """Make a commit in the hub: files with their contents; None deletes."""
    index = hub.git.git_dir / "test-index"
    index.unlink(missing_ok=True)
    env = {"GIT_INDEX_FILE": str(index)}
    hub.git.run("read-tree", parent, env=env)
    lines: list[str] = []
    for path, text in changes.items():
        blob = hub.absent if text is None else hub.git.text("hash-object", "-w", "--stdin", stdin=text.encode())
        lines.append(f"{0 if text is None else 100644} {blob}\t{path}\n")
    hub.git.run("update-index", "--index-info", env=env, stdin="".join(lines).encode())
    tree = hub.git.text("write-tree", env=env)
    date = f"{when} +0000"
    return hub.git.text(
        "commit-tree", tree, "-p", parent, "-m", "change", env={"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
    )


def merge(hub: Hub, ours: str, theirs: str) -> str:
    return merge_commits(hub, ours, theirs, "Merge", ours_name="the target", theirs_name="track 'one'")


def content(hub: Hub, commit: str, path: str) -> str:
    return hub.git.run("show", f"{commit}:{path}").out.decode()


def test_a_merge_has_both_sides_and_target_first(hub: Hub) -> None:
    ours, theirs = commit(hub, hub.base, {"x": "x\n"}), commit(hub, hub.base, {"y": "y\n", "docs/guide.md": None})
    merged = merge(hub, ours, theirs)
    assert hub.git.text("rev-parse", f"{merged}^1", f"{merged}^2").split() == [ours, theirs]
    assert hub.git.text("ls-tree", "-r", "--name-only", merged).split("\n") == [
        ".gitignore", "README.md", "src/a.py", "src/b.py", "x", "y",
    ]  # fmt: skip


def test_the_same_merge_gives_the_same_commit(hub: Hub) -> None:
    ours, theirs = commit(hub, hub.base, {"x": "x\n"}), commit(hub, hub.base, {"y": "y\n"}, when=1_700_000_500)
    merged = merge(hub, ours, theirs)
    assert merge(hub, ours, theirs) == merged
    assert hub.git.text("show", "-s", "--format=%ct", merged) == "1700000500"


def test_a_merge_that_could_be_a_fast_forward_is_a_real_one(hub: Hub) -> None:
    theirs = commit(hub, hub.base, {"x": "x\n"})
    merged = merge(hub, hub.base, theirs)
    assert hub.git.text("show", "-s", "--format=%P", merged) == f"{hub.base} {theirs}"


def test_changes_of_one_file_in_different_places_are_merged(hub: Hub) -> None:
    ours = commit(hub, hub.base, {"src/a.py": A.replace("a0 = 0", "a0 = 100")})
    theirs = commit(hub, hub.base, {"src/a.py": A.replace("a11 = 11", "a11 = 111")})
    text = content(hub, merge(hub, ours, theirs), "src/a.py")
    assert "a0 = 100" in text
    assert "a11 = 111" in text


def test_a_conflict_names_paths_sides_kinds_and_sizes(hub: Hub) -> None:
    ours = commit(hub, hub.base, {"src/a.py": A.replace("a3 = 3\n", "ours\nmore\n"), "src/b.py": None})
    theirs = commit(hub, hub.base, {"src/a.py": A.replace("a3 = 3\n", "theirs\n"), "src/b.py": B + "more\n"})
    with pytest.raises(MergeConflict) as conflict:
        merge(hub, ours, theirs)
    assert set(conflict.value.paths) == {"src/a.py", "src/b.py"}
    assert (conflict.value.ours, conflict.value.theirs) == ("the target", "track 'one'")
    assert "src/a.py: contents, 2 against 1 lines" in str(conflict.value)
    assert "src/b.py: modify/delete" in str(conflict.value)


@pytest.mark.parametrize(
    ("ours", "theirs", "kind"),
    [
        ({"new.txt": "a\n"}, {"new.txt": "b\n"}, "contents"),
        (
            {"README.md": None, "ours.md": FILES["README.md"]},
            {"README.md": None, "its.md": FILES["README.md"]},
            "rename",
        ),
        ({"thing": "file\n"}, {"thing/inner": "folder\n"}, "file/directory"),
        ({"n\u00e4me with space": "a\n"}, {"n\u00e4me with space": "b\n"}, "n\u00e4me with space: contents"),
    ],
)
def test_every_kind_of_conflict_is_one(
    hub: Hub, ours: dict[str, str | None], theirs: dict[str, str | None], kind: str
) -> None:
    found = try_merge(hub, commit(hub, hub.base, ours), commit(hub, hub.base, theirs), ours_name="a", theirs_name="b")
    assert found is not None
    assert found.paths
    assert kind in str(found)


def test_a_trial_says_nothing_where_nothing_conflicts(hub: Hub) -> None:
    ours, theirs = commit(hub, hub.base, {"x": "x\n"}), commit(hub, hub.base, {"y": "y\n"})
    assert try_merge(hub, ours, theirs, ours_name="a", theirs_name="b") is None


def test_a_commit_that_does_not_exist_is_no_conflict(hub: Hub) -> None:
    with pytest.raises(GitFailed):
        merge(hub, hub.base, "0123456789" * 4)


def test_a_rename_on_one_side_takes_the_changes_of_the_other(hub: Hub) -> None:
    ours = commit(hub, hub.base, {"src/a.py": None, "src/renamed.py": A})
    theirs = commit(hub, hub.base, {"src/a.py": A.replace("a3 = 3", "a3 = 33")})
    for first, second in ((ours, theirs), (theirs, ours)):
        assert "a3 = 33" in content(hub, merge(hub, first, second), "src/renamed.py")


def test_more_renames_than_git_compares_by_default_merge_with_edits(hub: Hub) -> None:
    hub.git = hub.git.with_config({"diff.renameLimit": "2", "merge.renameLimit": "1000"})
    texts = {n: "".join(f"{n * 100 + line}\n" for line in range(12)) for n in range(9)}
    start = commit(hub, hub.base, {f"src/f{n}.js": text for n, text in texts.items()})
    moves: dict[str, str | None] = {f"src/f{n}.js": None for n in texts}
    ours = commit(hub, start, moves | {f"src/f{n}.ts": f"import\n{text}" for n, text in texts.items()})
    theirs = commit(hub, start, {"src/f7.js": texts[7] + "more\n"})
    for first, second in ((ours, theirs), (theirs, ours)):
        assert content(hub, merge(hub, first, second), "src/f7.ts") == f"import\n{texts[7]}more\n"


def test_a_file_added_to_a_folder_that_the_other_side_renamed_stays_where_it_was_added(hub: Hub) -> None:
    start = commit(hub, hub.base, {f"old/{n}.py": f"{n}\n" * 20 for n in range(4)})
    moves: dict[str, str | None] = {f"old/{n}.py": None for n in range(4)}
    ours = commit(hub, start, moves | {f"new/{n}.py": f"{n}\n" * 20 for n in range(4)})
    theirs = commit(hub, start, {"old/added.md": "added\n"})
    assert content(hub, merge(hub, ours, theirs), "old/added.md") == "added\n"


def test_attributes_that_say_how_to_merge_are_followed(hub: Hub) -> None:
    start = commit(hub, hub.base, {"docs/.gitattributes": "LOG merge=union\n", "docs/LOG": "start\n"})
    ours, theirs = (commit(hub, start, {"docs/LOG": f"start\n{name}\n"}) for name in ("ours", "theirs"))
    assert content(hub, merge(hub, ours, theirs), "docs/LOG") == "start\nours\ntheirs\n"


DRIVER = 'test -f src/b.py && test -z "$SOME_TOKEN" && (cat %A %B; echo %P) > all && cp all %A'


def two_sides(hub: Hub, attributes: str) -> tuple[str, str]:
    start = commit(hub, hub.base, {".gitattributes": attributes, "lock": "start\n"})
    return commit(hub, start, {"lock": "ours\n"}), commit(hub, start, {"lock": "theirs\n"})


@pytest.mark.parametrize("where", ["committed", "info", "default"])
def test_a_merge_driver_of_the_users_merges_beside_the_files_of_ours_as_a_child(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    monkeypatch.setenv("SOME_TOKEN", "secret")
    settings = {"merge.both.driver": DRIVER}
    hub.git = hub.git.with_config(settings | ({"merge.default": "both"} if where == "default" else {}))
    if where == "info":
        # As planwave's own, which nobody else may write there.
        hub.git = replace(hub.git, guard=None)
        (hub.git.git_dir / "info/attributes").write_text("lock merge=both\n")
    ours, theirs = two_sides(hub, "lock merge=both\n" if where == "committed" else "*.x text\n")
    assert content(hub, merge(hub, ours, theirs), "lock") == "ours\ntheirs\nlock\n"


def test_a_merge_driver_that_gives_up_is_a_conflict(hub: Hub) -> None:
    hub.git = hub.git.with_config({"merge.both.driver": "exit 1"})
    ours, theirs = two_sides(hub, "lock merge=both\n")
    with pytest.raises(MergeConflict) as conflict:
        merge(hub, ours, theirs)
    assert conflict.value.paths == ("lock",)


def test_a_merge_driver_that_is_not_configured_merges_as_text(hub: Hub) -> None:
    ours, theirs = two_sides(hub, "lock merge=both\n")
    with pytest.raises(MergeConflict):
        merge(hub, ours, theirs)


def test_line_ends_are_made_alike_before_a_merge_where_the_user_has_it_so(hub: Hub) -> None:
    start = commit(hub, hub.base, {".gitattributes": "*.txt text\n", "x.txt": A.replace("\n", "\r\n")})
    ours = commit(hub, start, {"x.txt": A.replace("a0 = 0", "a0 = 100")})
    theirs = commit(hub, start, {"x.txt": A.replace("a11 = 11", "a11 = 111").replace("\n", "\r\n")})
    with pytest.raises(MergeConflict):
        merge(hub, ours, theirs)
    hub.git = hub.git.with_config({"merge.renormalize": "true"})
    merged = content(hub, merge(hub, ours, theirs), "x.txt")
    assert ("a0 = 100" in merged, "a11 = 111" in merged) == (True, True)


def test_a_file_that_must_not_be_merged_as_text_conflicts(hub: Hub) -> None:
    start = commit(hub, hub.base, {".gitattributes": "*.py -merge\n"})
    ours = commit(hub, start, {"src/a.py": A.replace("a0 = 0", "a0 = 100")})
    theirs = commit(hub, start, {"src/a.py": A.replace("a11 = 11", "a11 = 111")})
    with pytest.raises(MergeConflict):
        merge(hub, ours, theirs)


def test_merges_across_each_other_are_merged(hub: Hub) -> None:
    one, two = commit(hub, hub.base, {"x": "1\n"}), commit(hub, hub.base, {"y": "1\n"})
    left, right = merge(hub, one, two), merge(hub, two, one)
    left, right = commit(hub, left, {"x": "2\n"}), commit(hub, right, {"y": "2\n"})
    merged = merge(hub, left, right)
    assert (content(hub, merged, "x"), content(hub, merged, "y")) == ("2\n", "2\n")


def let_ours_win(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a git in the way that calls every merge clean and gives the tree of `ours`."""
    shim = hub.git.git_dir / "shim"
    shim.mkdir()
    real = hub.git.text("--exec-path") + "/git"
    lose = f"""{real} rev-parse "$5^{{tree}}" | tr '\\n' '\\0'"""
    (shim / "git").write_text(f'#!/bin/sh\nif [ "$1" = merge-tree ]; then {lose}; else exec {real} "$@"; fi\n')
    (shim / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(shim), prepend=":")


def test_a_clean_merge_that_drops_a_sides_work_is_an_error(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = commit(hub, hub.base, {"x": "x\n"}), commit(hub, hub.base, {"y": "y\n", "src/a.py": A + "more\n"})
    let_ours_win(hub, monkeypatch)
    with pytest.raises(LostWork) as lost:
        merge(hub, ours, theirs)
    assert lost.value.paths == ("src/a.py", "y")


def test_a_file_that_both_edited_and_one_side_lost_is_an_error(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = commit(hub, hub.base, {"src/a.py": A.replace("a0 = 0", "a0 = 100")})
    theirs = commit(hub, hub.base, {"src/a.py": A.replace("a11 = 11", "a11 = 111")})
    let_ours_win(hub, monkeypatch)
    with pytest.raises(LostWork) as lost:
        merge(hub, ours, theirs)
    assert lost.value.paths == ("src/a.py",)


def test_an_edit_that_holds_the_other_sides_edit_prevails(hub: Hub) -> None:
    ours = commit(hub, hub.base, {"src/a.py": A.replace("a0 = 0", "a0 = 100").replace("a11 = 11", "a11 = 111")})
    theirs = commit(hub, hub.base, {"src/a.py": A.replace("a11 = 11", "a11 = 111")})
    for first, second in ((ours, theirs), (theirs, ours)):
        assert "a0 = 100" in content(hub, merge(hub, first, second), "src/a.py")


names = st.sampled_from([f"{folder}/{n}" for folder in ("d1", "d2", "d3") for n in range(4)])
edits = st.dictionaries(names, st.one_of(st.none(), st.text("abc\n", max_size=30)), max_size=6)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits, edits)
def test_disjoint_work_merges_cleanly_to_the_sum_of_both(
    hub: Hub, ours: dict[str, str | None], theirs: dict[str, str | None]
) -> None:
    start = commit(hub, hub.base, {f"d{d}/{n}": f"{d}{n}\n" * 9 for d in (1, 2, 3) for n in range(4)})
    theirs = {path: text for path, text in theirs.items() if path not in ours}
    assume(theirs)
    merged = merge(hub, commit(hub, start, ours), commit(hub, start, theirs))
    both = commit(hub, commit(hub, start, ours), theirs)
    assert hub.git.text("rev-parse", f"{merged}^{{tree}}") == hub.git.text("rev-parse", f"{both}^{{tree}}")


def test_a_merge_by_attributes_leaves_no_files_behind(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    test_attributes_that_say_how_to_merge_are_followed(hub)
    assert list((tmp_path / "tmp").iterdir()) == []
