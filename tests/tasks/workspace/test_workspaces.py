"""The workspaces of a run: a track keeps its own, and finished tracks' are taken over by others."""

from tasks.hub.hub import Hub
from tasks.workspace.workspaces import Workspaces


def test_a_track_has_the_same_workspace_until_it_is_through(hub: Hub) -> None:
    workspaces = Workspaces(hub)
    assert workspaces.of("one") is workspaces.of("one")
    assert workspaces.of("one").folder != workspaces.of("two").folder


def test_the_workspace_of_a_finished_track_is_taken_over_by_the_next_one_and_only_once(hub: Hub) -> None:
    workspaces = Workspaces(hub)
    first = workspaces.of("one")
    first.prepare(hub.base)
    kept = first.tree.stat().st_ino
    workspaces.let_go("one")
    second, third = workspaces.of("two"), workspaces.of("three")
    assert second.tree.stat().st_ino == kept
    assert not first.folder.exists()
    assert not third.folder.exists(), "it makes one of its own when it is needed"


def test_a_track_that_has_a_folder_keeps_it_and_the_spare_one_goes_to_another(hub: Hub) -> None:
    workspaces = Workspaces(hub)
    left = Workspaces(hub).of("two")
    left.prepare(hub.base)
    (left.tree / "unsaved.txt").write_text("of a killed attempt")
    spare = workspaces.of("one")
    spare.prepare(hub.base)
    workspaces.let_go("one")
    assert (workspaces.of("two").tree / "unsaved.txt").exists()
    assert spare.folder.exists()
    assert workspaces.of("three").tree.exists()
    assert not spare.folder.exists()


def test_to_let_go_of_what_is_not_at_work_is_nothing(hub: Hub) -> None:
    workspaces = Workspaces(hub)
    workspaces.let_go("one")
    assert not workspaces.of("two").folder.exists()
