import sys
from pathlib import Path

import pytest

from deployments.doctor.installed import examine_packages, never_scheduling, unmet

FITTING = {"prefect": "3.9.1", "fastapi": "0.150.0", "sqlalchemy": "2.1.9", "whenever": "0.11.0"}


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, *wanted: str) -> None:
    """Install a package `hungry` 1.0 that needs others."""
    info = folder / "hungry-1.0.dist-info"
    info.mkdir()
    lines = ["Metadata-Version: 2.1", "Name: hungry", "Version: 1.0", *(f"Requires-Dist: {each}" for each in wanted)]
    (info / "METADATA").write_text("\n".join(lines) + "\n")
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])


def test_the_packages_of_this_environment_go_together() -> None:
    (finding,) = examine_packages()
    assert finding.standing == "ok"
    assert finding.what.startswith("prefect 3.")


def test_a_package_of_another_version_than_is_needed_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, "pydantic<2", "httpx>=0.1", "nowhere-to-be-found; extra == 'more'")
    (finding,) = unmet("hungry")
    assert finding.standing == "missing"
    assert finding.what.startswith("pydantic 2.")
    assert finding.what.endswith(" is installed, and hungry 1.0 needs <2")


def test_a_package_that_is_not_there_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, "nowhere-to-be-found>=1")
    assert [finding.what for finding in unmet("hungry")] == ["the package 'nowhere-to-be-found' is not installed"]
    assert list(unmet("nowhere-to-be-found")) == []


@pytest.mark.parametrize(
    ("python", "versions", "said"),
    [
        ((3, 11), {}, ""),
        ((3, 11), {"prefect": "3.8.8"}, "Prefect 3.8.8 with SQLAlchemy 2.1.9 runs no schedule"),
        ((3, 11), {"prefect": "3.8.8", "sqlalchemy": "2.0.58"}, ""),
        ((3, 11), {"whenever": "0.10.5"}, "Prefect 3.9.1 with whenever 0.10.5 on Python 3.11 runs no cron schedule"),
        ((3, 12), {"whenever": "0.10.5"}, "Prefect 3.9.1 with whenever 0.10.5 on Python 3.12 runs no cron schedule"),
        ((3, 13), {"whenever": "0.10.5"}, ""),
    ],
)
def test_versions_that_never_schedule_are_known(python: tuple[int, int], versions: dict[str, str], said: str) -> None:
    found = list(never_scheduling({**FITTING, **versions}, python))
    assert [finding.what for finding in found] == ([said] if said else [])
    assert all(finding.standing == "missing" and finding.hint for finding in found)
