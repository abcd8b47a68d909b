"""Paths: nobody writes what another may be writing, what he could not see written, or what is frozen."""

from collections.abc import Iterator, Mapping

from plans.errors import Problem
from plans.lint.owners import USES, WRITES, Owner, Use, all_owners, rounds
from plans.lint.subject import Rule, Subject, warning
from plans.ownership.overlap import Overlap, find_overlaps, meeting_path, overlap
from plans.ownership.patterns import BadPattern, Pattern, parse_pattern


def bad_patterns(subject: Subject) -> Iterator[Problem]:
    """Every pattern is of the dialect."""
    written = [(("frozen", at), text) for at, text in enumerate(subject.plan.frozen)]
    for path, text in (*written, *(found for owner in all_owners(subject) for found in owner.written(*USES))):
        try:
            parse_pattern(text)
        except BadPattern as error:
            yield Problem(str(error), line=subject.line(*path), hint=error.hint, code="pattern")


def write_overlaps(subject: Subject) -> Iterator[Problem]:
    """What two tracks may write while both run, no pattern of theirs both match, unless a common lock parts them."""
    for found in write_clashes(subject):
        yield _write_problem(subject, found)


def write_clashes(subject: Subject) -> Iterator[Overlap[Owner]]:
    """Yield the owners that may write the same path while both run."""
    if subject.cycles:
        return  # what is on a cycle is in no order with anything
    for owners in rounds(subject):
        groups = {owner: tuple(owner.patterns(*WRITES)) for owner in owners}
        yield from find_overlaps(groups, matters=lambda one, other: _may_clash(subject, one, other, locks=True))


def _write_problem(subject: Subject, found: Overlap[Owner]) -> Problem:
    one, other = found.one, found.other
    first, line = one.line(subject, found.pattern, *WRITES), other.line(subject, found.other_pattern, *WRITES)
    where = "" if first is None else f" (line {first})"
    message = (
        f"{one.label} and {other.label} may both write {found.path!r} while both run: "
        f"{found.pattern.text!r}{where} and {found.other_pattern.text!r}"
    )
    hint = "let one need the other, give both a common lock, divide the paths, or run with --overlaps order"
    return Problem(message, line=line, hint=hint, code="overlap")


def _may_clash(subject: Subject, one: Owner, other: Owner, *, locks: bool) -> bool:
    """Return whether a job of the one may run while one of the other does; with `locks`, a common lock parts them."""
    return one.lane != other.lane and any(
        not (locks and not set(mine.job.locks).isdisjoint(theirs.job.locks))
        and not subject.order.ordered(mine.job.id, theirs.job.id)
        for mine in one.jobs
        for theirs in other.jobs
    )


def unseen_reads(subject: Subject) -> Iterator[Problem]:
    """What a job reads, no other job may be creating at that time."""
    for found in read_clashes(subject):
        message = (
            f"{found.one.label} reads {found.path!r} ({found.pattern.text!r}), which {found.other.label} creates "
            f"({found.other_pattern.text!r}), without needing it"
        )
        hint = f"add {found.other.jobs[-1].job.id!r} to its `needs`, let it read less, or run with --overlaps order"
        line = found.one.line(subject, found.pattern, "read")
        yield Problem(message, line=line, hint=hint, code="unseen-read")


def read_clashes(subject: Subject) -> Iterator[Overlap[Owner]]:
    """Yield readers (`one`) with the creators (`other`) of what they read that may be at it at the same time."""
    if subject.cycles:
        return
    for owners in rounds(subject):
        readers, creators = _by_use(owners, "read"), _by_use(owners, "create")
        yield from find_overlaps(
            readers, creators, matters=lambda one, other: _may_clash(subject, one, other, locks=False)
        )


def _by_use(owners: list[Owner], use: Use) -> Mapping[Owner, tuple[Pattern, ...]]:
    return {owner: tuple(owner.patterns(use)) for owner in owners}


def frozen_writes(subject: Subject) -> Iterator[Problem]:
    """Nobody is to write what is frozen."""
    frozen = list(_frozen(subject))
    for owner in all_owners(subject) if frozen else ():
        for pattern in owner.patterns(*WRITES):
            for kept in frozen:
                path = _frozen_path(pattern, kept)
                if path is not None and not all(placed.job.done for placed in owner.jobs):
                    message = f"{owner.label} is to write {path!r} ({pattern.text!r}), which is frozen ({kept.text!r})"
                    yield Problem(message, line=owner.line(subject, pattern, *WRITES), code="frozen")
                    break


def _frozen(subject: Subject) -> Iterator[Pattern]:
    for text in subject.plan.frozen:
        try:
            yield parse_pattern(text)
        except BadPattern:
            continue


def _frozen_path(pattern: Pattern, frozen: Pattern) -> str | None:
    """Return a path that is named as frozen and as to be written.

    `**/agent.py` keeps such files out of `tests/**` when jobs run, but that is an exception and no contradiction: what
    is frozen at any depth is compared with what the owner names, not with all that may come to lie below it.
    """
    return meeting_path(frozen.own, pattern.own) if frozen.floats else overlap(frozen, pattern)


def missing_reads(subject: Subject) -> Iterator[Problem]:
    """What is to be read is there already, or somebody creates it (warning; needs a repository to look into)."""
    if subject.exists is None:
        return
    owners = all_owners(subject)
    creates = {pattern for owner in owners for pattern in owner.patterns(*WRITES)}
    answers: dict[str, bool] = {}
    for owner in owners:
        for pattern in owner.patterns("read"):
            text = pattern.text
            if text not in answers:
                answers[text] = subject.exists(text) or any(overlap(pattern, made) for made in creates)
            if not answers[text]:
                message = f"{owner.label} reads {text!r}, which is not there and which no job creates"
                yield warning(message, owner.line(subject, pattern, "read"), code="missing-path")


def without_paths(subject: Subject) -> Iterator[Problem]:
    """In a parallel wave, either all jobs say what they write or none does (warning)."""
    for at, wave in enumerate(subject.plan.waves):
        if wave.mode == "serial":
            continue
        jobs = [placed for placed in subject.by_wave[at] if not placed.job.done]
        owned = [bool(subject.writes(placed.job)) for placed in jobs]
        for placed, has_paths in zip(jobs, owned, strict=True):
            if not has_paths and any(owned):
                undeclared = f"job {placed.job.id!r} does not declare the paths it writes"
                message = f"{undeclared}, though other jobs of wave {wave.id!r} do"
                hint = "list it under `owns`: without it, the job may write everything that is not frozen"
                yield warning(message, placed.line(subject, "id"), hint=hint, code="no-paths")


RULES: tuple[Rule, ...] = (bad_patterns, write_overlaps, unseen_reads, frozen_writes, missing_reads, without_paths)
