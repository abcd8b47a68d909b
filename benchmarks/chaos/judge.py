"""What must hold after a run, and of a plan that is done."""

import subprocess
import time
from collections.abc import Iterator

from benchmarks.chaos.listener import Listener
from benchmarks.chaos.site import JOBS, NAME, ORDER, TARGET, WAVES, Site, lines, trailers
from benchmarks.chaos.strikes import left_over
from tests.repositories import fingerprint, run_git

_GONE_LIMIT_S = 15.0
"""How long after the end of a run that was killed all that belongs to it is gone."""
_POLL_S = 0.05
_OF_BUGS = ("Traceback (most recent call last)", "this is a bug in planwave", "Exception in thread")


def wrong_after_run(site: Site, said: str, listener: Listener) -> Iterator[str]:
    """Yield what is wrong after a run that was disturbed: it said what is not so, or harmed what is the user's."""
    for sign in _OF_BUGS:
        if sign in said:
            yield f"it said: {said[said.index(sign) :][:1500]}"
    untrue = [job for job in listener.told_done if job not in site.done]
    if untrue:
        yield f"told as done, and no ref holds them: {untrue}"
    if fingerprint(site.repo) != site.before:
        yield "the user's repository has changed"


def wrong_at_end(site: Site, tree: str) -> list[str]:
    """Return all that is wrong with a plan that is done; nothing alive, locked, lost, doubled or out of order.

    Args:
        site: the plan.
        tree: what an undisturbed run leaves on the target.
    """
    return [*_alive(site), *_wrong_history(site, tree), *_wrong_storage(site), *_lost(site), *_done_again(site)]


def _alive(site: Site) -> Iterator[str]:
    deadline = time.monotonic() + _GONE_LIMIT_S
    while (found := left_over(site.commands.home)) and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    if found:
        yield f"processes are alive: {found}"


def _wrong_history(site: Site, tree: str) -> Iterator[str]:
    done = trailers(site.repo, "Plan-Job", TARGET)
    if sorted(done) != sorted(JOBS):
        yield f"jobs on the target: {done}"
    for track in ORDER:
        on_track = [job for job in JOBS if job[0] == track]
        found = trailers(site.repo, "Plan-Job", f"planwave/{NAME}/track/{track}", "--first-parent", "--reverse")
        if [job for job in found if job[0] == track] != on_track:
            yield f"jobs on track {track}: {found}"
    expected = [track for wave in WAVES.values() for track in ORDER if any(job[0] == track for job in wave)]
    merges = trailers(site.repo, "Plan-Merge", TARGET, "--first-parent", "--reverse")
    if merges != expected:
        yield f"merges in the order {merges}, not {expected}"
    if run_git(site.repo, "rev-parse", f"{TARGET}^{{tree}}") != tree:
        yield "another tree than that of an undisturbed run"


def _wrong_storage(site: Site) -> Iterator[str]:
    assert site.hub is not None
    for folder in (site.hub, site.repo):
        asked = ["git", "fsck", "--strict", "--no-dangling"]
        checked = subprocess.run(asked, cwd=folder, capture_output=True, text=True, check=False)
        if checked.returncode != 0:
            yield f"git fsck of {folder.name}: {checked.stderr[-500:]}"
    lost = site.seen - set(lines(site.hub, "rev-list", "--all"))
    if lost:
        yield f"commits that no ref reaches any more: {sorted(lost)}"
    # planwave's own locks are held by a process, and mean nothing when none is alive.
    own = site.hub / "planwave"
    places = (site.hub, site.commands.home / "work" / site.hub.stem)
    locks = [str(path) for place in places for path in place.rglob("*.lock") if own not in path.parents]
    if locks:
        yield f"locks of git are left: {locks}"


def _lost(site: Site) -> Iterator[str]:
    """Yield the attempts that had written something, and never came to their end, whose work no ref holds."""
    assert site.hub is not None
    held = _contents(site)
    for job in JOBS:
        noted = site.noted(job)
        over = {go for word, go in noted if word == "over"}
        lost = [go for word, go in noted if word == "half" and go not in over and f"half {go}" not in held]
        if lost:
            yield f"what unfinished attempts of {job} had written is on no ref: {lost}"


def _contents(site: Site) -> str:
    assert site.hub is not None
    listed = run_git(site.hub, "rev-list", "--objects", "--all")
    asked = "".join(f"{line.split()[0]}\n" for line in listed.splitlines())
    read = ["git", "cat-file", "--batch"]
    given = subprocess.run(read, cwd=site.hub, input=asked.encode(), capture_output=True, check=True)
    return given.stdout.decode(errors="replace")


def _done_again(site: Site) -> Iterator[str]:
    again = {job: site.times_begun(job) - begun for job, begun in site.done.items() if site.times_begun(job) != begun}
    if again:
        yield f"begun again after they were done: {again}"
