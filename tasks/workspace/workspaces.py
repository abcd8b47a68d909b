"""The workspaces of a run: one for each track that is at work, those that finished tracks left, and the checks'."""

from contextlib import suppress

from tasks.hub.hub import Hub
from tasks.workspace.workspace import Pool, Workspace


class Workspaces:
    """Hands out workspaces; a track has the same one from its first job to its last.

    Attributes:
        pool: those for checks.
    """

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self.pool = Pool(hub)
        self._tracks: dict[str, Workspace] = {}
        # Recycling a folder costs a fraction of making one, on some disks a tenth.
        self._spare: list[Workspace] = []

    def of(self, track: str) -> Workspace:
        """Return the workspace of a track."""
        if track not in self._tracks:
            workspace = self._tracks[track] = Workspace(self._hub, track)
            with suppress(IndexError):
                other = self._spare.pop()
                if not workspace.take_over(other):
                    self._spare.append(other)
        return self._tracks[track]

    def let_go(self, track: str) -> None:
        """Let another track have the workspace of one that is through."""
        if track in self._tracks:
            self._spare.append(self._tracks.pop(track))
