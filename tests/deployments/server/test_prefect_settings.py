"""What the sources call settings of Prefect are settings of the Prefect that is installed: it ignores all others."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from prefect import settings
from prefect.logging.configuration import DEFAULT_LOGGING_SETTINGS_PATH, load_logging_config

ROOT = Path(__file__).parents[3]
OF_THE_LOGGING_FILE = "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL"
CHOOSES_SETTINGS = "PREFECT_PROFILE"
OTHERS = (OF_THE_LOGGING_FILE, CHOOSES_SETTINGS)


def named_settings() -> Iterator[tuple[str, str]]:
    """Yield every name of a setting in the sources and the documents, with the file that it is in."""
    files = [path for folder in ("plans", "tasks", "flows", "deployments") for path in (ROOT / folder).rglob("*.py")]
    for path in (*files, ROOT / "deployments/prefect.yaml", ROOT / "README.md", *(ROOT / "docs").rglob("*.md")):
        for name in re.findall(r"\bPREFECT_[A-Z]\w*", path.read_text(encoding="utf-8")):
            yield name, str(path.relative_to(ROOT))


def test_every_setting_that_is_named_is_known_to_prefect() -> None:
    named = set(named_settings())
    assert {"PREFECT_API_URL", "PREFECT_CLIENT_MAX_RETRIES"} <= {name for name, _ in named}
    # `PREFECT_WORKER_` stands for all that begin with it.
    whole = {(name, file) for name, file in named if not name.endswith("_") and name not in OTHERS}
    assert {(name, file) for name, file in whole if not hasattr(settings, name)} == set()
    assert not hasattr(settings, "PREFECT_NO_SUCH_SETTING")


def test_the_level_of_the_console_is_set_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no setting: the file that configures logging takes it."""
    monkeypatch.setenv(OF_THE_LOGGING_FILE, "CRITICAL")
    assert load_logging_config(DEFAULT_LOGGING_SETTINGS_PATH)["handlers"]["console"]["level"] == "CRITICAL"
