"""The oracle itself: it must not take for right what is wrong."""

from dataclasses import replace

import pytest

from tests.histories.conftest import Begin
from tests.histories.drafts import Draft, Work, written
from tests.histories.oracle import Wrong, finished, left_over, not_landed
from tests.histories.site import Ended
from tests.histories.steps import Desk, History, Insert, Kill, Remove, Reword, Run
from tests.histories.trying import try_histories

A, B = Work(0, "a", track="t1"), Work(1, "b", track="t2")


@pytest.mark.parametrize("edit", [Reword(0, 5), Insert(0), Remove(0)], ids=["edited", "inserted", "removed"])
def test_a_run_that_says_completed_though_the_plan_gives_something_else_is_found_out(
    begin: Begin, edit: Reword | Insert | Remove
) -> None:
    tale = begin(A, B)
    assert tale.run().completed
    tale.do(edit)
    with pytest.raises(Wrong, match="says Completed"):
        tale.judge(Ended("Completed"))


def test_a_job_that_ran_though_it_was_finished_is_found_out(begin: Begin) -> None:
    tale = begin(A, B)
    ended = tale.run()
    plan = written(tale.desk.draft, tale.site.outside)
    assert finished(tale.site, plan).keys() == {"a", "b"}
    with pytest.raises(Wrong, match="was finished"):
        tale.spared(replace(ended, told=()), finished(tale.site, plan))


def test_what_is_missing_and_what_is_left_over_is_read_from_git_alone(begin: Begin) -> None:
    tale = begin(A, B)
    tale.do(Run(), Remove(0), Insert(0))
    plan = written(tale.desk.draft, tale.site.outside)
    assert left_over(tale.site, plan).keys() == {"a"}
    assert not_landed(tale.site, plan) == {"n101"}


def test_a_run_that_names_what_does_not_differ_is_found_out(begin: Begin) -> None:
    tale = begin(A, B)
    tale.do(Run(), Remove(0))
    with pytest.raises(Wrong, match="the run says"):
        tale.judge(Ended("Failed", missing=("left over on the target: the work of job 'b', which has changed",)))


def test_a_history_is_written_as_it_is_read() -> None:
    history = History(Draft((A, B), when="end"), (Reword(1, 2), Run(only=(1,), kill=Kill(3, 1))))
    names = {kind.__name__: kind for kind in (Draft, History, Kill, Reword, Run, Work)}
    assert eval(repr(history), names) == history
    assert Desk([history.draft]).pick(3).id == "b"


def test_the_same_histories_are_tried_each_time() -> None:
    tallies = [try_histories("edits", 3) for _ in range(2)]
    assert tallies[0].histories == tallies[1].histories == 3
    assert tallies[0].runs == tallies[1].runs
