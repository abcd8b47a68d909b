"""What becomes of finished work when the plan is edited, one rule at a time."""

from collections import Counter

from tests.histories.conftest import Begin
from tests.histories.drafts import NAME, Work
from tests.histories.steps import (
    Break,
    Insert,
    Kill,
    MoveBase,
    Refile,
    Remove,
    Rename,
    Reorder,
    Reshare,
    Retrack,
    Rewave,
    Reword,
    Run,
    Undo,
)
from tests.repositories import run_git

A, B, C = Work(0, "a", track="t1"), Work(1, "b", track="t1"), Work(2, "c", track="t1")
FAR = Work(3, "far", track="t2")
OWN = Work(4, "own")


def test_a_later_job_alone_and_then_the_whole_plan_land_both(begin: Begin) -> None:
    tale = begin(A, B)
    assert tale.run(Run(only=(1,))).ran == Counter("b")
    assert tale.run().ran == Counter("a")
    assert tale.end().completed
    assert tale.site.files().keys() == {"own/0-0.txt", "own/1-0.txt"}


def test_an_edited_job_before_done_ones_lands_anew_with_those_that_stand_on_it(begin: Begin) -> None:
    tale = begin(A, B, FAR)
    tale.do(Break(2), Run(), Break(2), Reword(0, 5))
    assert tale.run().ran == Counter(["a", "b", "far"])
    assert tale.end().completed
    assert tale.site.files()["own/0-0.txt"] == "text 5 of 0"


def test_an_edited_job_that_has_landed_is_taken_back_and_lands_anew(begin: Begin) -> None:
    tale = begin(A, FAR)
    tale.do(Run(), Refile(0))
    ended = tale.end()
    assert ended.completed
    assert ended.ran == Counter("a")
    assert tale.site.files().keys() == {"own/0-1.txt", "own/3-0.txt"}


def test_a_job_inserted_before_done_ones_lands(begin: Begin) -> None:
    tale = begin(A, FAR)
    tale.do(Break(1), Run(), Break(1), Insert(0, track=1))
    assert tale.end().completed
    assert "own/101-0.txt" in tale.site.files()


def test_a_job_inserted_before_landed_ones_lands(begin: Begin) -> None:
    tale = begin(A, B, FAR)
    tale.do(Run(), Insert(1, track=1))
    ended = tale.end()
    assert ended.completed
    assert ended.ran == Counter(["n101", "b"])


def test_a_job_appended_to_a_landed_track_runs_alone(begin: Begin) -> None:
    tale = begin(A, B)
    tale.do(Run(), Insert(2, track=1))
    ended = tale.end()
    assert ended.completed
    assert ended.ran == Counter(["n101"])


def test_a_removed_job_does_not_land_with_the_next_one_of_its_track(begin: Begin) -> None:
    tale = begin(A, C, FAR, when="end")
    tale.do(Break(2), Run(), Break(2), Remove(0))
    assert tale.end().completed
    assert tale.site.files().keys() == {"own/2-0.txt", "own/3-0.txt"}


def test_a_removed_job_with_a_track_of_its_own_does_not_land(begin: Begin) -> None:
    tale = begin(OWN, FAR, when="end")
    tale.do(Break(1), Run(), Break(1), Remove(0))
    ended = tale.end()
    assert ended.completed
    assert tale.site.files().keys() == {"own/3-0.txt"}


def test_a_removed_job_that_had_landed_is_left_over_until_the_target_is_rebuilt(begin: Begin) -> None:
    tale = begin(A, OWN, FAR)
    tale.do(Run(), Remove(1))
    before = tale.site.published()
    ended = tale.run()
    assert not ended.completed
    assert "left over on the target: the work of job 'own', which is not in the plan any more" in ended.message
    assert "own/4-0.txt" in tale.site.files()
    again = tale.run(Run(option="rebuild_target"))
    assert again.completed
    assert not again.ran
    assert tale.site.files().keys() == {"own/0-0.txt", "own/3-0.txt"}
    attic = tale.site.git_in_hub("for-each-ref", "--format=%(objectname)", f"refs/planwave/attic/{NAME}/*/target")
    assert before in attic.split()
    assert tale.end().completed


def test_a_target_is_rebuilt_of_commits_with_the_same_trailers(begin: Begin) -> None:
    tale = begin(A, OWN)
    trailers = ("log", "-1", "--format=%(trailers)", "--grep=Plan-Job: a", f"refs/planwave/{NAME}/target")
    tale.do(Run(), Remove(1))
    before = tale.site.git_in_hub(*trailers)
    assert tale.run(Run(option="rebuild_target")).completed
    assert tale.site.git_in_hub(*trailers) == before


def test_a_rebuilt_target_keeps_what_it_had_taken_in_from_the_base(begin: Begin) -> None:
    tale = begin(A, OWN)
    tale.do(Run(), MoveBase(1), Run(), Remove(1))
    assert tale.run(Run(option="rebuild_target")).completed
    assert run_git(tale.site.repo, "show", f"planwave/{NAME}/target:notes.md") == "text 1"
    assert tale.end().completed


def test_a_job_whose_change_needs_what_is_left_over_is_named_and_runs_again(begin: Begin) -> None:
    tale = begin(A, B)
    tale.do(Run(), Rename(1), Reshare(1, 1), Run())
    again = tale.run(Run(option="rebuild_target"))
    assert again.completed
    assert again.ran == Counter(["bx"])
    assert any("job 'bx' runs again" in str(event.payload) for event in again.told)
    assert tale.end().completed


def test_a_job_that_moved_to_another_track_keeps_its_work(begin: Begin) -> None:
    tale = begin(A, FAR)
    tale.do(Run(), Retrack(0, 3))
    ended = tale.end()
    assert ended.completed
    assert not ended.ran


def test_a_job_that_moved_to_another_track_before_it_landed_keeps_its_work(begin: Begin) -> None:
    tale = begin(A, FAR, when="end")
    tale.do(Break(1), Run(), Break(1), Retrack(0, 3))
    ended = tale.end()
    assert ended.completed
    assert ended.ran == Counter(["far"])


def test_a_job_that_moved_to_another_wave_keeps_its_work(begin: Begin) -> None:
    tale = begin(A, FAR)
    tale.do(Run(), Rewave(0, 2))
    ended = tale.end()
    assert ended.completed
    assert not ended.ran


def test_a_renamed_job_that_has_not_landed_is_done_under_its_new_name(begin: Begin) -> None:
    tale = begin(OWN, FAR, when="end")
    tale.do(Break(1), Run(), Break(1), Rename(0))
    ended = tale.end()
    assert ended.completed
    assert ended.ran == Counter(["ownx", "far"])


def test_a_renamed_job_that_has_landed_leaves_its_work_over(begin: Begin) -> None:
    tale = begin(OWN, FAR)
    tale.do(Run(), Rename(0))
    ended = tale.end()
    assert not ended.completed
    assert "the work of job 'own'" in ended.message


def test_reordered_jobs_of_a_track_are_done_again_from_the_first_that_moved(begin: Begin) -> None:
    tale = begin(A, B, C)
    tale.do(Run(), Reorder(2, 1))
    ended = tale.end()
    assert ended.completed
    assert ended.ran == Counter("bc")


def test_an_edit_that_is_undone_before_any_run_costs_nothing(begin: Begin) -> None:
    tale = begin(A, B)
    tale.do(Run(), Reword(0, 5), Undo(1))
    ended = tale.end()
    assert ended.completed
    assert not ended.ran


def test_an_edit_that_was_run_and_is_undone_brings_back_the_work_of_before(begin: Begin) -> None:
    tale = begin(A, FAR)
    tale.do(Run(), Reword(0, 5), Run(), Undo(1))
    ended = tale.end()
    assert ended.completed
    assert not ended.ran
    assert tale.site.files()["own/0-0.txt"] == "text 0 of 0"


def test_a_mended_typo_of_the_first_wave_runs_nothing_of_the_later_ones(begin: Begin) -> None:
    tale = begin(A, Work(5, "late", wave=1), Work(6, "later", wave=2))
    tale.do(Run(), Reword(0, 5))
    ended = tale.end()
    assert ended.completed
    assert ended.ran == Counter("a")


def test_what_needs_an_edited_job_is_done_again_however_late_it_comes(begin: Begin) -> None:
    tale = begin(A, Work(5, "late", wave=1), Work(6, "later", wave=2, needs=(0,)))
    tale.do(Run(), Reword(0, 5))
    ended = tale.end()
    assert ended.completed
    assert ended.ran == Counter(["a", "later"])


def test_later_waves_are_done_again_where_that_is_asked_for(begin: Begin) -> None:
    tale = begin(A, FAR, Work(5, "late", wave=1), Work(6, "later", wave=2))
    tale.do(Run(), Reword(0, 5))
    assert tale.run(Run(option="redo_later_waves")).ran == Counter(["a", "late", "later"])
    assert tale.end().completed


def test_an_edited_job_is_taken_back_with_what_others_made_of_its_lines(begin: Begin) -> None:
    tale = begin(Work(0, "a", shared=1), Work(1, "b", shared=1), Work(2, "c", wave=1, shared=1, how="replace"))
    tale.do(Run(), Reword(0, 5))
    ended = tale.end()
    assert ended.completed
    assert ended.ran == Counter("abc")


def test_what_was_taken_back_with_an_edit_comes_back_when_that_is_undone(begin: Begin) -> None:
    tale = begin(Work(0, "a", shared=1), Work(1, "b", shared=1))
    tale.do(Run(), Reword(0, 5), Run(only=(0,)), Undo(1))
    ended = tale.end()
    assert ended.completed
    assert not ended.ran


def test_work_that_a_killed_run_left_is_replaced_by_that_of_the_edited_plan(begin: Begin) -> None:
    tale = begin(A, B, FAR)
    assert tale.run(Run(kill=Kill(0, during=1))).state == "Killed"
    tale.do(Reword(0, 5))
    assert tale.end().completed
    assert tale.site.files()["own/0-0.txt"] == "text 5 of 0"


def test_nothing_of_a_plan_without_edits_is_done_twice(begin: Begin) -> None:
    tale = begin(A, B, FAR, OWN)
    tale.do(Run(only=(2,)), Run(tracks=(0,)), Run(only_waves=(0,)))
    ended = tale.end()
    assert ended.completed
    assert not ended.ran


def test_the_user_s_own_branch_holds_nothing_of_it(begin: Begin) -> None:
    tale = begin(A, OWN)
    before = run_git(tale.site.repo, "rev-parse", "main")
    tale.do(Run(), Remove(1), Run(option="rebuild_target"))
    assert run_git(tale.site.repo, "rev-parse", "main", "HEAD").split() == [before, before]
    assert run_git(tale.site.repo, "status", "--porcelain") == ""
