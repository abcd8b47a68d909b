"""Hypothesis strategies for whole plans: small, valid, and with texts that YAML likes to misread."""

from collections.abc import Sequence
from datetime import timedelta

from hypothesis import strategies as st

from plans.agent import Agent, Secret
from plans.durations import Estimate
from plans.model import (
    Check,
    Claims,
    Contingency,
    Defaults,
    Gate,
    Job,
    Limits,
    Merge,
    Mode,
    Owns,
    Plan,
    Role,
    Start,
    Track,
    Wave,
)

NASTY = (
    *(
        "NO",
        "1.10",
        "null",
        "~",
        "true",
        "a: b",
        "# x",
        "- x",
        "'q'",
        '"q"',
        "a\n\nb\n\n",
        " lead",
        "trail ",
        "é",
        "<<",
    ),
    *(
        "2024-01-01",
        "1e5",
        "0x1f",
        "0o7",
        "1_000",
        "12:30:00",
        "=",
        "!tag",
        "&a",
        "*a",
        "%x",
        "@x",
        "`x`",
        "{a}",
        "[b]",
    ),
    *(
        "a #b",
        "...",
        "---",
        "|",
        ">",
        "?",
        ": ",
        "\\",
        "\ttab",
        "a\tb\nc",
        "a\r\nb",
        "\u2028",
        "\x85",
        "\ufeff",
        "\x00",
    ),
    *("a\n  \n b\n", "\n", "x\n ", "line\n# no comment\n", "", "\U0001f680 go", "two\nlines", "-", "y", ".inf", "x:"),
)

ROLES: tuple[Role, ...] = ("implement", "validate")

texts = st.sampled_from(NASTY) | st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
words = st.text("abcxyz019", min_size=1, max_size=4)
durations = st.integers(1, 10_000_000).map(lambda ms: timedelta(milliseconds=ms)) | st.sampled_from(
    [timedelta(minutes=30), timedelta(hours=2), timedelta(days=3)]
)
counts = st.integers(1, 20)
argvs = st.lists(texts, min_size=1, max_size=3).map(tuple)
checks = st.builds(Check, check=argvs, timeout=durations)
criteria = st.lists(texts | checks, max_size=2).map(tuple)
text_tuples = st.lists(texts, max_size=3).map(tuple)


@st.composite
def estimates(draw: st.DrawFn) -> Estimate:
    low = draw(st.integers(1, 3000))
    return Estimate(low=timedelta(minutes=low), high=timedelta(minutes=low + draw(st.sampled_from([0, 0, 7]))))


def _named(prefix: str, count: int) -> list[str]:
    """Ids that look like numbers too, for plans are written so."""
    return [f"{prefix}{number}" if number % 3 else f"{number + 1}.{number}0" for number in range(count)]


def starts(tracks: Sequence[str], jobs: Sequence[str]) -> st.SearchStrategy[Start]:
    kinds = [st.builds(Start, after=durations), st.builds(Start, exists=texts)]
    if tracks:
        percents = st.floats(0, 100, allow_nan=False)
        kinds.append(st.builds(Start, progress=st.sampled_from(tracks), percent=percents))
    if jobs:
        kinds.append(st.builds(Start, done=st.sampled_from(jobs)))
    one = st.one_of(kinds)
    several = st.lists(one, min_size=1, max_size=2).map(tuple)
    return one | st.builds(Start, all=several) | st.builds(Start, any=several)


@st.composite
def owns(draw: st.DrawFn, name: str) -> Owns:
    """Paths that nobody else owns."""
    place = f"src/{name}"
    pick = st.lists(st.sampled_from([f"{place}/**", f"/{place}/*.py", f"{place}/[ab]?"]), max_size=2).map(tuple)
    return Owns(create=draw(pick), modify=draw(pick))


@st.composite
def jobs(draw: st.DrawFn, name: str, *, tracks: Sequence[str], earlier: Sequence[str], agents: Sequence[str]) -> Job:
    """A job that needs only earlier ones."""
    needs = tuple(draw(st.lists(st.sampled_from(earlier), unique=True, max_size=3))) if earlier else ()
    maybe_agent = st.none() | st.sampled_from(agents) if agents else st.none()
    role_agents: st.SearchStrategy[dict[Role, str]] = st.just({})
    if agents:
        role_agents = st.dictionaries(st.sampled_from(ROLES), st.sampled_from(agents), max_size=1)
    contingencies = [st.builds(Contingency, if_ahead=st.just(value=True), instead=texts)]
    if needs:
        contingencies.append(st.builds(Contingency, if_failed=st.sampled_from(needs), instead=texts))
    return Job(
        id=name,
        title=draw(st.none() | texts),
        track=draw(st.none() | st.sampled_from(tracks)) if tracks else None,
        agent=draw(maybe_agent),
        run=draw(st.none() | argvs),
        prompt=draw(texts),
        steps=draw(text_tuples),
        needs=needs,
        start=draw(st.none() | starts((), earlier)),
        owns=draw(owns(name)),
        locks=tuple(draw(st.lists(st.sampled_from(["db", "1"]), unique=True))),
        pipeline=draw(st.sampled_from([("implement",), ("plan", "implement", "validate")])),
        roles=draw(role_agents),
        criteria=draw(criteria),
        estimate=draw(st.none() | estimates()),
        timeout=draw(st.none() | durations),
        retries=draw(st.none() | st.integers(0, 3)),
        out_of_scope=draw(st.sampled_from([None, "fail", "allow"])),
        contingency=tuple(draw(st.lists(st.one_of(contingencies), max_size=1))),
        done=draw(st.integers(0, 9)) == 0,
    )


@st.composite
def waves(draw: st.DrawFn, name: str, members: Sequence[Job]) -> Wave:
    gates = st.builds(Gate, question=texts, checks=st.lists(checks, max_size=1).map(tuple), timeout=durations)
    return Wave(
        id=name,
        title=draw(st.none() | texts),
        mode=draw(st.sampled_from(["parallel", "parallel", "serial"])),
        max_parallel=draw(st.none() | counts),
        barrier=draw(st.sampled_from([True, True, False])),
        fail_fast=draw(st.booleans()),
        jobs=tuple(members),
        gate=draw(st.none() | gates),
        claims=draw(st.builds(Claims, jobs=st.none() | counts)),
    )


@st.composite
def _wave_lists(
    draw: st.DrawFn, names: Sequence[str], tracks: Sequence[str], agents: Sequence[str]
) -> tuple[Wave, ...]:
    made: list[Job] = []
    for name in names:
        earlier = [job.id for job in made]
        made.append(draw(jobs(name, tracks=tracks, earlier=earlier, agents=agents)))
    cuts = sorted(draw(st.sets(st.integers(1, len(made) - 1), max_size=2))) if len(made) > 1 else []
    parts = [made[start:end] for start, end in zip([0, *cuts], [*cuts, len(made)], strict=True)]
    return tuple(draw(waves(f"w{at}", part)) for at, part in enumerate(parts))


@st.composite
def merges(draw: st.DrawFn, tracks: Sequence[str], agents: Sequence[str]) -> Merge:
    """A merge order of one tier of all tracks, or none: no needs can contradict it."""
    return Merge(
        order=draw(st.sampled_from([(), (tuple(tracks),)])) if tracks else (),
        when=draw(st.sampled_from(["wave", "end"])),
        checks=tuple(draw(st.lists(checks, max_size=1))),
        on_conflict=draw(st.sampled_from(["stop", "skip", *agents])),
        push=draw(st.none() | texts),
    )


@st.composite
def agents(draw: st.DrawFn) -> dict[str, Agent]:
    kinds = (
        st.builds(Agent, kind=st.just("command"), run=argvs, max_parallel=st.none() | counts),
        st.builds(Agent, kind=st.just("a2a"), url=texts, token=st.none() | st.builds(Secret, secret=texts)),
        st.builds(Agent, kind=st.just("claude"), model=st.none() | texts, env=text_tuples),
    )
    names = draw(st.lists(st.sampled_from(["default", "reviewer", "7", "NO"]), unique=True, max_size=2))
    return {name: draw(st.one_of(kinds)) for name in names}


@st.composite
def plans(draw: st.DrawFn, *, max_jobs: int = 6) -> Plan:
    """A plan without errors: ids are unique, names name something, needs go backward, owned paths are disjoint."""
    tracks = _named("t", draw(st.integers(0, 3)))
    track_ids = [f"track-{track}" for track in tracks]
    named = draw(agents())
    names = _named("j", draw(st.integers(1, max_jobs)))
    made = draw(_wave_lists(names, track_ids, list(named)))
    lanes = [*track_ids, *(job.id for wave in made for job in wave.jobs if job.track is None)]
    return Plan(
        version=1,
        name=draw(st.sampled_from(["plan", "0", "a-1", "null"])),
        title=draw(st.none() | texts),
        goal=draw(texts),
        context=draw(texts),
        base=draw(st.sampled_from([None, "main", "1.10"])),
        agents=named,
        defaults=draw(st.builds(Defaults, timeout=durations, stall_timeout=st.none() | durations)),
        limits=draw(st.builds(Limits, jobs=counts, cost_usd=st.none() | st.floats(0.01, 1e9))),
        frozen=draw(st.sampled_from([(), ("**/frozen.lock", "*.pem")])),
        tracks=tuple(draw(st.builds(Track, id=st.just(t), title=st.none() | texts, owns=owns(t))) for t in track_ids),
        modes=draw(st.dictionaries(st.sampled_from(["a", "2", "NO"]), st.builds(Mode, title=texts), max_size=1)),
        waves=made,
        merge=draw(merges(lanes, list(named))),
        criteria=draw(criteria),
        claims=draw(st.builds(Claims, serial=st.none() | estimates())),
    )
