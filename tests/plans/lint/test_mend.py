"""Jobs that would clash, put in order."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from plans.document import Document
from plans.lint import lint_plan
from plans.lint.mend import with_clashes_ordered
from plans.model import Job, Merge, Owns, Plan, Wave


def _job(name: str, *writes: str, reads: tuple[str, ...] = (), needs: tuple[str, ...] = ()) -> Job:
    return Job(id=name, owns=Owns(create=writes, read=reads), needs=needs)


def _document(*jobs: Job, merge: Merge = Merge()) -> Document:  # noqa: B008 - frozen
    return Document(Plan(version=1, name="p", waves=(Wave(id="w", jobs=jobs),), merge=merge), "p")


def _needs(document: Document) -> Mapping[str, tuple[str, ...]]:
    return {job.id: job.needs for job in with_clashes_ordered(document).plan.jobs.values()}


def _clashes(document: Document) -> list[str]:
    return [problem.code for problem in lint_plan(document) if problem.code in {"overlap", "unseen-read"}]


def test_the_later_of_two_writers_waits_for_the_earlier() -> None:
    document = _document(_job("a", "src/x.py"), _job("b", "src/**"), _job("c", "docs/"))
    assert _clashes(document) == ["overlap"]
    assert _needs(document) == {"a": (), "b": ("a",), "c": ()}


def test_the_merge_order_says_which_is_the_later() -> None:
    document = _document(_job("a", "x.py"), _job("b", "x.py"), merge=Merge(order=("b", "a")))
    assert _needs(document) == {"a": ("b",), "b": ()}


def test_a_reader_waits_for_the_creator_that_comes_first() -> None:
    document = _document(_job("a", "types.ts"), _job("b", "app.ts", reads=("types.ts",)))
    assert _needs(document)["b"] == ("a",)


def test_a_reader_waits_for_the_creator_that_comes_later() -> None:
    document = _document(_job("b", "app.ts", reads=("types.ts",)), _job("a", "types.ts"))
    assert _needs(document) == {"b": ("a",), "a": ()}


def test_two_that_read_what_the_other_creates_are_put_in_one_order() -> None:
    document = _document(_job("a", "x", reads=("y",)), _job("b", "y", reads=("x",)))
    assert _needs(document) == {"a": (), "b": ("a",)}


def test_an_order_that_the_plan_has_is_kept() -> None:
    document = _document(_job("a", "x.py", needs=("c",)), _job("b", "x.py"), _job("c", "y.py", needs=("b",)))
    assert _needs(document) == {"a": ("c",), "b": (), "c": ("b",)}


def test_a_plan_without_clashes_is_given_as_it_is() -> None:
    document = _document(_job("a", "x.py"), _job("b", "y.py"))
    assert with_clashes_ordered(document) is document


_PATHS = st.lists(st.sampled_from(["a/**", "a/x", "b/", "b/y", "c", "*.md"]), max_size=2).map(tuple)


@st.composite
def _plans(draw: st.DrawFn) -> Document:
    count = draw(st.integers(2, 6))
    jobs = list[Job]()
    for at in range(count):
        needs = draw(st.lists(st.sampled_from(range(count)), max_size=2, unique=True))
        backwards = tuple(f"j{other}" for other in needs if (other * 7 + 3) % count < (at * 7 + 3) % count)
        jobs.append(_job(f"j{at}", *draw(_PATHS), reads=draw(_PATHS), needs=backwards))
    order = draw(st.permutations([job.id for job in jobs]))
    return _document(*jobs, merge=Merge(order=tuple(order) if draw(st.booleans()) else ()))


@given(_plans())
def test_nothing_clashes_and_nothing_goes_in_circles_afterwards(document: Document) -> None:
    before = {problem.code for problem in lint_plan(document)}
    mended = with_clashes_ordered(document)
    codes = {problem.code for problem in lint_plan(mended)}
    assert "overlap" not in codes
    assert "cycle" in before or "cycle" not in codes
    if "cycle" not in before:
        assert "unseen-read" not in codes
