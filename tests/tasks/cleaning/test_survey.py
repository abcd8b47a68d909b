"""A look through a home names what it knows, and changes nothing."""

from pathlib import Path

from tasks.cleaning.choice import Thing
from tasks.cleaning.survey import look_through, sizes_of
from tasks.home import Home


def test_a_home_that_is_not_there_has_nothing_that_may_go(tmp_path: Path) -> None:
    found = look_through(Home(tmp_path / "none"))
    assert found.things == ()
    assert not (tmp_path / "none").exists()


def test_what_no_run_of_planwave_made_is_not_named(tmp_path: Path) -> None:
    home = Home(tmp_path)
    strange = home.work("hub", "plan") / "tracks" / "t" / "notes of a person"
    strange.parent.mkdir(parents=True)
    strange.write_text("mine")
    assert not [thing for thing in look_through(home).things if "notes" in thing.place]
    assert strange.read_text() == "mine"


def test_a_thing_that_is_gone_by_now_frees_nothing(tmp_path: Path) -> None:
    gone = Thing("logs", "hub", "plan", "runs/hub/plan/jobs/a/1/log", 0.0)
    assert [size for _, size in sizes_of(Home(tmp_path), [gone])] == [0]
