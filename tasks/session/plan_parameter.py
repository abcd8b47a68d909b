"""What a run's parameters say of its plan: something that can be read again, on another day and from another folder."""

import json
import os
from pathlib import Path

from tasks.home import Home
from tasks.hub.hub import hub_key
from tasks.repository.user_repo import find_repository
from tasks.session.settings import RunSettings
from tasks.session.source import URLS, Reading, know_reading, read_source

LONGEST = 256 * 2**10
"""Characters, as JSON: a Prefect server takes parameters of 512 KiB in all."""


def with_lasting_plan(settings: RunSettings, home: Home) -> RunSettings:
    """Return the settings with the plan by a name that lasts; what has been read goes by that name too.

    A path is made absolute and a URL stays. A text stays as it is, also one that came by standard input or a pipe; one
    that is too long for the server, or that is not plain text, is kept beside the logs of the plan's runs.

    Args:
        settings: what was asked for; its repository is a folder that is there.
        home: where planwave keeps what it keeps.

    Raises:
        PlanError: the plan cannot be read.
    """
    reading = read_source(settings.plan)
    named = _lasting_path(settings.plan) or _as_text(reading) or str(_kept(settings, reading, home))
    know_reading(named, reading)
    return settings.model_copy(update={"plan": named})


def _lasting_path(plan: str) -> str | None:
    if plan.startswith(URLS):
        return plan
    if "\n" in plan or plan == "-":
        return None
    path = Path(plan).expanduser()
    # Not resolved: a link may lead elsewhere by then, and is meant to.
    return os.path.abspath(path) if path.is_file() or path.is_dir() else None  # noqa: PTH100 - see above


def _as_text(reading: Reading) -> str | None:
    try:
        text = (reading.data or b"").decode()
    except UnicodeDecodeError:
        return None
    if "\0" in text or len(json.dumps(text)) > LONGEST:
        return None
    # A line break tells a text from a path.
    return text if "\n" in text else f"{text}\n"


def _kept(settings: RunSettings, reading: Reading, home: Home) -> Path:
    folder = home.runs(hub_key(find_repository(settings.repo)), reading.document.plan.name) / "plans"
    folder.mkdir(parents=True, exist_ok=True)
    ending = "md" if reading.document.form == "markdown" else "yaml"
    file, data = folder / f"{reading.digest[:16]}.{ending}", reading.data or b""
    if not file.is_file() or file.read_bytes() != data:
        building = folder / f".{file.name}.{os.getpid()}"
        building.write_bytes(data)
        building.replace(file)
    return file
