"""Where a history takes place: a repository, a home of planwave's, and a folder outside that jobs look into."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from tasks.home import Home
from tasks.hub.hub import hub_key
from tasks.repository.user_repo import find_repository
from tasks.session.events import Event
from tasks.session.settings import RunSettings
from tests.histories.drafts import BASE, NAME, PlanDict
from tests.histories.steps import Kill
from tests.homes import home_in
from tests.repositories import make_repository, run_git

TARGET = f"planwave/{NAME}/target"


@dataclass(frozen=True)
class Choices:
    """The options of one run."""

    only: tuple[str, ...] = ()
    mode: str | None = None
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ended:
    """How a run ended."""

    state: str
    """`Completed`, `Failed` ...; `Refused`, `Killed`."""
    message: str = ""
    missing: tuple[str, ...] = ()
    """What it says is missing."""
    ran: Counter[str] = field(default_factory=Counter[str])
    """The jobs that it carried out, each with how often."""
    told: tuple[Event, ...] = ()

    @property
    def completed(self) -> bool:
        """Whether it says that everything is done."""
        return self.state == "Completed"


class Runner(Protocol):
    """Carries out a run of a plan, in one way or another."""

    def __call__(self, site: "Site", plan: PlanDict, choices: Choices, kill: Kill | None) -> Ended:
        """Carry out a run to its end, or until it is killed."""
        ...


@dataclass
class Site:
    """A repository for one plan, and all around it."""

    folder: Path
    runner: Runner
    shared_home: Path | None = None
    """planwave's home; None: one of its own."""

    def __post_init__(self) -> None:
        self.outside.mkdir(parents=True)
        make_repository(self.repo, BASE)

    @property
    def repo(self) -> Path:
        """The user's repository."""
        return self.folder / "project"

    @property
    def home(self) -> Path:
        """planwave's home."""
        return self.shared_home or home_in(self.folder)

    @property
    def outside(self) -> Path:
        """Where jobs tell that they ran, and are told to fail."""
        return self.folder / "outside"

    def run(self, plan: PlanDict, choices: Choices, kill: Kill | None = None) -> Ended:
        """Carry out a run; give how it ended, with the jobs that it carried out."""
        (self.outside / "ran").unlink(missing_ok=True)
        ended = self.runner(self, plan, choices, kill)
        record = self.outside / "ran"
        return replace(ended, ran=Counter(record.read_text().split() if record.exists() else ()))

    def move_base(self, text: str) -> None:
        """Commit something to the user's own branch, to a file that no job writes."""
        (self.repo / "notes.md").write_text(text)
        run_git(self.repo, "add", "notes.md")
        run_git(self.repo, "commit", "-q", "--allow-empty", "-m", "Take notes")

    def tree(self) -> str:
        """Return the tree of the target as the user has it, that of the base where nothing has landed."""
        return run_git(self.repo, "rev-parse", f"{self.published() or 'main'}^{{tree}}")

    def published(self) -> str | None:
        """Return the target's commit as the user has it."""
        return run_git(self.repo, "for-each-ref", "--format=%(objectname)", f"refs/heads/{TARGET}") or None

    def files(self) -> Mapping[str, str]:
        """Return the files of jobs that the target holds, as the user has it, with their first lines."""
        if self.published() is None:
            return {}
        names = run_git(self.repo, "ls-tree", "-r", "--name-only", TARGET, "own/").splitlines()
        return {name: run_git(self.repo, "show", f"{TARGET}:{name}").partition("\n")[0] for name in names}

    def differences(self, tree: str, other: str) -> str:
        """Say how two trees differ: what is `-` is in the first one alone."""
        return run_git(self.repo, "diff", "--no-color", "-U1", tree, other)

    def git_in_hub(self, *args: str) -> str:
        """Ask git something of planwave's own clone; nothing while there is none."""
        hub = Home(self.home).hubs / f"{hub_key(find_repository(self.repo))}.git"
        return run_git(hub, *args) if (hub / "HEAD").exists() else ""


def settings_of(site: Site, plan: PlanDict, choices: Choices) -> RunSettings:
    """Return the settings of a run."""
    asked: dict[str, object] = dict.fromkeys(choices.options, True)
    said = {"plan": json.dumps(plan, indent=1), "repo": str(site.repo), "mode": choices.mode, "only": choices.only}
    return RunSettings.model_validate({**said, **asked})
