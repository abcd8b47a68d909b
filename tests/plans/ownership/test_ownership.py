import itertools
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.model import Job, Owns, Plan, Track, Wave
from plans.ownership.overlap import find_overlaps, overlap
from plans.ownership.patterns import BadPattern, parse_pattern
from plans.ownership.scope import Matcher, out_of_scope
from tests.effort import examples

NAMES = ("a", "b", "ab", "ba", "bb")
FILES = ("a.b", "b.a")
UNIVERSE = tuple(
    "/".join((*folders, name))
    for depth in range(4)
    for folders in itertools.product(NAMES, repeat=depth)
    for name in NAMES + FILES
)
"""Every path of up to four names: patterns of up to three names that meet at all meet in here.

Only files have extensions in it, as `Pattern.against` takes it where nothing says otherwise.
"""

name_patterns = st.sampled_from(
    ["a", "b", "ab", "*", "?", "a*", "*b", "?b", "[ab]", "[b]*", "b?", "\\[", "**", "*.a", "a.b", "?.*"]
)


@st.composite
def patterns(draw: st.DrawFn) -> str:
    names = draw(st.lists(name_patterns, min_size=1, max_size=3))
    text = draw(st.sampled_from(["", "/"])) + "/".join(names) + draw(st.sampled_from(["", "/"]))
    try:
        parse_pattern(text)
    except BadPattern:
        return "a"
    return text


@given(patterns(), patterns())
@examples(250)
def test_two_patterns_overlap_exactly_when_both_match_some_path(one: str, other: str) -> None:
    mine, theirs = Matcher([one]), Matcher([other])
    path = overlap(parse_pattern(one), parse_pattern(other))
    if path is None:
        assert not [path for path in UNIVERSE if mine.match(path) and theirs.match(path)]
    else:
        assert mine.match(path)
        assert theirs.match(path)


@given(patterns(), patterns())
@examples(200)
def test_overlap_is_symmetric(one: str, other: str) -> None:
    there, back = overlap(parse_pattern(one), parse_pattern(other)), overlap(parse_pattern(other), parse_pattern(one))
    assert (there is None) == (back is None)


@given(st.lists(st.lists(patterns(), max_size=3), min_size=2, max_size=4))
@examples(80)
def test_the_index_finds_what_comparing_all_pairs_finds(groups: list[list[str]]) -> None:
    parsed = {at: [parse_pattern(text) for text in texts] for at, texts in enumerate(groups)}
    expected = {
        (one, other)
        for one, other in itertools.combinations(parsed, 2)
        if any(overlap(mine, theirs) for mine in parsed[one] for theirs in parsed[other])
    }
    found = list(find_overlaps(parsed))
    assert sorted((min(o.one, o.other), max(o.one, o.other)) for o in found) == sorted(expected)
    for one in found:
        assert overlap(one.pattern, one.other_pattern) == one.path
        assert one.pattern in parsed[one.one]
        assert one.other_pattern in parsed[one.other]


@pytest.mark.parametrize(
    ("one", "other", "path"),
    [
        ("foo", "foo/", "foo/x"),
        ("README.md", "CHANGELOG.md", None),
        ("README.md", "docs/**", None),
        ("docs", "*.md", "docs/.md"),
        ("*.md", "*.py", None),
        ("*.md", "src/x.py", None),
        ("conf.d", "conf.d/x", "conf.d/x"),
        ("*.d/", "*.py", ".d/.py"),
        (".github", "*.yml", ".github/.yml"),
        ("foo", "foo", "foo"),
        ("foo", "bar/foo", None),
        ("src/**", "src/a.py", "src/a.py"),
        ("src/*.py", "src/*.md", None),
        ("**/agent.py", "python/agents/*.py", "python/agents/agent.py"),
        ("a*b", "?[xb]", "ab"),
        ("docs/**/x.md", "docs/x.md", "docs/x.md"),
        (".*", "?", ".x/x"),
        ("Foo", "foo", None),
        ("**", "x", "x"),
    ],
)
def test_the_witness_is_a_shortest_path_that_both_match(one: str, other: str, path: str | None) -> None:
    assert overlap(parse_pattern(one), parse_pattern(other)) == path


def test_what_two_hundred_tracks_own_is_compared_within_a_second() -> None:
    kinds = ("src/p{t}/m{k}/**", "tests/p{t}/test_{k}_*.py", "docs/p{t}/**/*-{k}.md", "lib/p{t}-{k}.*")
    groups = {
        track: [parse_pattern(kinds[k % len(kinds)].format(t=track, k=k)) for k in range(20)] for track in range(200)
    }
    groups[0].append(parse_pattern("src/p7/m0/x.py"))
    began = time.process_time()
    found = list(find_overlaps(groups))
    assert time.process_time() - began < 1
    assert [(o.one, o.other, o.path) for o in found] == [(0, 7, "src/p7/m0/x.py")]


def test_a_name_without_wildcards_is_a_path_from_the_root() -> None:
    for pattern in ("docs", "docs/", "/docs", "docs/**"):
        assert Matcher([pattern]).match("docs/a.md")
        assert not Matcher([pattern]).match("site/docs/a.md")
    for pattern in ("**/docs", "doc?", "*ocs/"):
        assert Matcher([pattern]).match("site/docs/a.md")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        ("/", "matches nothing"),
        ("!a", "is negated"),
        ("#a", "would be a comment"),
        ("a ", "begins or ends with a space"),
        ("a/../b", "leaves the repository"),
        ("~/a", "leaves the repository"),
        ("C:/a", "leaves the repository"),
        ("./a", "has a . between slashes"),
        ("a//b", "has an empty name"),
        ("//a", "has an empty name"),
        ("a/**/", "ends in **/"),
        ("a\\", "ends a name with a backslash"),
        ("a\\b", "has a backslash before a letter"),
        ("a[", "has a [ without its ]"),
        ("a[]", "has a [ without its ]"),
        ("[!a]", "has a negated set"),
        ("[z-a]", "runs backwards"),
        ("[[:alpha:]]", "different ways"),
        (".git/config", "names git's own folder"),
        ("a\nb", "control character"),
    ],
)
def test_a_pattern_outside_the_dialect_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(BadPattern, match=reason.replace("*", "\\*").replace("[", "\\[").replace(".", "\\.")):
        parse_pattern(text)


@given(st.text("ab/*?[]!^-\\#. ~", max_size=8))
@examples(300)
def test_no_text_breaks_the_parser_and_what_it_takes_the_matcher_takes(text: str) -> None:
    with suppress(BadPattern):
        pattern = parse_pattern(text)
        path = overlap(pattern, pattern)
        assert path is not None
        assert Matcher([text]).match(path)


def plan(job: Job, *, track: Owns | None = None, frozen: tuple[str, ...] = ()) -> Plan:
    tracks = () if track is None else (Track(id=job.lane, owns=track),)
    return Plan(version=1, name="p", frozen=frozen, tracks=tracks, waves=(Wave(id="w", jobs=(job,)),))


def test_whatever_a_job_may_write_it_may_create_change_and_delete() -> None:
    job = Job(id="a", owns=Owns(create=("new/**",), modify=("src/*.py",), read=("docs/**",)))
    changed = ["new/x", "src/a.py", "src/sub/a.py", "docs/a.md", "other"]
    assert out_of_scope(plan(job), job, changed) == ("src/sub/a.py", "docs/a.md", "other")


def test_a_job_owns_what_its_track_owns() -> None:
    job = Job(id="a", owns=Owns(create=("mine",)))
    assert out_of_scope(plan(job, track=Owns(modify=("ours/",))), job, ["mine", "ours/x", "ours"]) == ("ours",)


def test_what_is_frozen_is_out_of_scope_for_everybody() -> None:
    job = Job(id="a", owns=Owns(modify=("src/**",)))
    changed = ["src/agent.py", "src/deep/agent.py", "src/line\nbreak/agent.py", "src/other.py"]
    assert out_of_scope(plan(job, frozen=("**/agent.py",)), job, changed) == tuple(changed[:3])


def test_a_job_that_names_no_paths_may_write_all_that_is_not_frozen() -> None:
    job = Job(id="a", owns=Owns(read=("docs/**",)))
    assert out_of_scope(plan(job, frozen=("*.lock",)), job, ["x", "docs/y", "a/b.lock"]) == ("a/b.lock",)


def test_upper_and_lower_case_are_told_apart() -> None:
    assert Matcher(["src/A.py"]).match("src/A.py")
    assert not Matcher(["src/A.py"]).match("src/a.py")
