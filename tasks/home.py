"""Where planwave keeps what it keeps: one folder, `PLANWAVE_HOME`, and a name for every place in it."""

import hashlib
import os
import platform
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import platformdirs


@dataclass(frozen=True)
class Home:
    """The folder that holds hubs, workspaces, logs, and planwave's own Prefect home and database."""

    root: Path

    @classmethod
    def from_environment(cls) -> "Home":
        """Return `PLANWAVE_HOME`, or the platform's folder for application data."""
        named = os.environ.get("PLANWAVE_HOME")
        return cls(Path(named).expanduser().resolve() if named else platformdirs.user_data_path("planwave"))

    @property
    def identity(self) -> str:
        """What tells this home on this machine from every other: of processes, and on a server that many share.

        The host's name counts too: machines made from one image, and containers, may have one number or none.
        """
        named = f"{_machine()}\0{platform.node()}\0{self.root}"
        return hashlib.sha256(named.encode(errors="surrogateescape")).hexdigest()[:12]

    @property
    def hubs(self) -> Path:
        """Bare clones, one for each target repository."""
        return self.root / "hubs"

    @property
    def clones(self) -> Path:
        """Bare clones that stand in for repositories that are named by a URL."""
        return self.root / "clones"

    @property
    def prefect(self) -> Path:
        """The `PREFECT_HOME` of planwave's own server and of the runs that use it."""
        return self.root / "prefect"

    def work(self, hub_key: str, plan: str) -> Path:
        """Return the folder of the workspaces and private indexes of one plan on one repository; disposable."""
        return self.root / "work" / hub_key / plan

    def runs(self, hub_key: str, plan: str) -> Path:
        """Return the folder of the logs, outboxes and reports of one plan on one repository."""
        return self.root / "runs" / hub_key / plan

    def plan_lock(self, hub_key: str, plan: str) -> Path:
        """Return the lock file that the one living run of a plan on a repository holds."""
        return self.hubs / f"{hub_key}.git/planwave/locks/{plan}.lock"


def _machine() -> str:
    with suppress(OSError):
        return Path("/etc/machine-id").read_text(encoding="ascii", errors="replace").strip()
    return ""
