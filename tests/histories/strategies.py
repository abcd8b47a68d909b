"""Random histories, of the kinds that people make."""

from hypothesis import strategies as st

from tests.histories.drafts import WAVES, Draft, How, Work
from tests.histories.steps import (
    Break,
    BreakGate,
    BreakMerge,
    Edit,
    History,
    Insert,
    Kill,
    LoseHome,
    MoveBase,
    Refile,
    Remerge,
    Remove,
    Rename,
    Reneed,
    Reorder,
    Reshare,
    Retrack,
    Rewave,
    Reword,
    Run,
    Step,
    Undo,
    track_of,
)

_NUMBERS = st.integers(0, 7)
_FEW = st.lists(_NUMBERS, max_size=3).map(tuple)
_SOME = st.lists(_NUMBERS, min_size=1, max_size=3).map(tuple)
_WAVE, _TRACK = st.integers(0, WAVES - 1), st.integers(0, 3)
_TROUBLE: st.SearchStrategy[Step] = st.one_of(st.builds(Break, _NUMBERS), st.sampled_from((BreakMerge(), BreakGate())))
_MOVES: st.SearchStrategy[Step] = st.one_of(st.builds(MoveBase, st.integers(0, 2)), st.just(LoseHome()))
_HOW: st.SearchStrategy[How] = st.sampled_from(("append", "replace", "delete"))


@st.composite
def drafts(draw: st.DrawFn, *, shared: bool) -> Draft:
    """Return plans of one to six jobs; `shared`: some of these share files."""
    works = tuple(_work(draw, at, shared=shared) for at in range(draw(st.integers(1, 6))))
    return Draft(
        works,
        barriers=draw(st.one_of(st.just((True,) * WAVES), st.tuples(*[st.booleans()] * WAVES))),
        when=draw(st.sampled_from(("wave", "end"))),
        order=draw(st.integers(0, 12)),
        checked=draw(st.booleans()),
        no_go=draw(st.sampled_from(("", "", "stop", "continue", "rollback"))),
    )


@st.composite
def histories(
    draw: st.DrawFn, *, shared: bool = False, kills: bool = True, choices: bool = True, moves: bool = False
) -> History:
    """Return histories: some edits, then a run, a few times.

    Args:
        draw: draws.
        shared: jobs share files.
        kills: runs are killed.
        choices: runs are asked for a part of the plan, or to start over.
        moves: the user's branch moves on, and planwave's home is lost.
    """
    trouble = st.one_of(_TROUBLE, _MOVES) if moves else _TROUBLE
    edit, run = edits(shared=shared), _runs(kills=kills, choices=choices)
    draft, steps = draw(drafts(shared=shared)), list[Step]()
    for _ in range(draw(st.integers(1, 3))):
        steps += draw(st.lists(edit, max_size=2))
        steps += draw(st.lists(trouble, max_size=1))
        steps.append(draw(run))
    return History(draft, (*steps, *draw(st.lists(edit, max_size=2))))


@st.composite
def _runs(draw: st.DrawFn, *, kills: bool, choices: bool) -> Run:
    kill = draw(st.one_of(st.none(), _kills(), _kills())) if kills else None
    match draw(st.integers(0, 7)) if choices else 0:
        case 1:
            return Run(only=draw(_SOME), kill=kill)
        case 2:
            return Run(only_waves=(draw(_WAVE),), kill=kill)
        case 3:
            return Run(tracks=draw(_SOME), kill=kill)
        case 4:
            return Run(option=draw(st.sampled_from(("rebuild_target", "redo_later_waves", "fresh"))), kill=kill)
        case _:
            return Run(kill=kill)


def edits(*, shared: bool) -> st.SearchStrategy[Edit]:
    """Return edits of a plan."""
    files = _files(shared=shared)
    return st.one_of(
        st.builds(Reword, _NUMBERS, st.integers(1, 3)),
        st.builds(Insert, _NUMBERS, _WAVE, _TRACK, _FEW, files, _HOW),
        st.builds(Remove, _NUMBERS),
        st.builds(Reorder, _NUMBERS, _NUMBERS),
        st.builds(Rename, _NUMBERS),
        st.builds(Retrack, _NUMBERS, _TRACK),
        st.builds(Rewave, _NUMBERS, _WAVE),
        st.builds(Reneed, _NUMBERS, _FEW),
        st.builds(Refile, _NUMBERS),
        st.builds(Remerge, st.integers(0, 12)),
        st.builds(Undo, st.integers(1, 4)),
        *((st.builds(Reshare, _NUMBERS, files, _HOW),) if shared else ()),
    )


@st.composite
def _kills(draw: st.DrawFn) -> Kill:
    if draw(st.integers(0, 3)) == 0:
        return Kill(0, during=draw(_NUMBERS))
    # A run that changes nothing asks git for some thirty things, and ten more for each job.
    return Kill(
        draw(st.one_of(st.integers(8, 40), st.integers(20, 70), st.integers(40, 150))),
        draw(st.sampled_from((0, 0, 1, 3))),
    )


def _files(*, shared: bool) -> st.SearchStrategy[int | None]:
    return st.one_of(st.none(), st.integers(0, 1)) if shared else st.none()


def _work(draw: st.DrawFn, at: int, *, shared: bool) -> Work:
    sharing = draw(_files(shared=shared))
    return Work(
        key=at,
        id=f"j{at}",
        wave=draw(_WAVE),
        track=track_of(draw(_TRACK)),
        needs=tuple(dict.fromkeys(at - 1 - need for need in draw(_FEW) if need < at)),
        file=None if sharing is not None and draw(st.booleans()) else 0,
        shared=sharing,
        how=draw(_HOW) if sharing is not None else "append",
        signed=draw(st.booleans()),
    )
