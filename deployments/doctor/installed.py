"""Whether the installed packages go together: by what they say themselves, and by what they do not say."""

import sys
from collections.abc import Iterator, Mapping
from importlib import metadata

from packaging.requirements import Requirement
from packaging.version import Version

from deployments.doctor.findings import Finding

HINT = "install planwave into an environment of its own, with the versions of its requirements.txt"
NAMED = ("prefect", "fastapi", "sqlalchemy", "whenever")
"""What Prefect's server stands or falls with."""


def examine_packages() -> Iterator[Finding]:
    """Look at the packages of this environment."""
    versions = {name: version for name in NAMED if (version := _version(name)) is not None}
    bad = [*unmet("planwave"), *unmet("prefect"), *never_scheduling(versions, sys.version_info[:2])]
    yield from bad or [Finding("ok", ", ".join(f"{name} {version}" for name, version in versions.items()))]


def unmet(distribution: str) -> Iterator[Finding]:
    """Look for what an installed distribution needs and does not have; one that is not installed needs nothing."""
    try:
        wanted = metadata.requires(distribution) or []
    except metadata.PackageNotFoundError:
        return
    for requirement in map(Requirement, wanted):
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        has = _version(requirement.name)
        if has is None:
            yield Finding("missing", f"the package {requirement.name!r} is not installed", HINT)
        elif not requirement.specifier.contains(has, prereleases=True):
            needs = f"{distribution} {_version(distribution)} needs {requirement.specifier}"
            yield Finding("missing", f"{requirement.name} {has} is installed, and {needs}", HINT)


def never_scheduling(versions: Mapping[str, str], python: tuple[int, int]) -> Iterator[Finding]:
    """Look for versions that install together, and whose server is healthy and never starts a scheduled run."""
    prefect, sqlalchemy, whenever = (Version(versions.get(name, "0")) for name in ("prefect", "sqlalchemy", "whenever"))
    if Version("3.8") <= prefect < Version("3.9") and sqlalchemy >= Version("2.1"):
        yield Finding("missing", f"Prefect {prefect} with SQLAlchemy {sqlalchemy} runs no schedule", HINT)
    # On Python 3.13 Prefect does without Pendulum, whose time zones that whenever refuses.
    if Version("3.9.1") <= prefect < Version("3.10") and whenever < Version("0.11") and python < (3, 13):
        dotted = ".".join(map(str, python))
        what = f"Prefect {prefect} with whenever {whenever} on Python {dotted} runs no cron schedule"
        yield Finding("missing", what, HINT)


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
