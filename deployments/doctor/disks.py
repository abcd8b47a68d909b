"""What kind of disk a folder is on: locks and databases need one of the machine's own."""

from collections.abc import Iterable
from pathlib import Path

import psutil

_NETWORK = frozenset({
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "afpfs", "webdav", "davfs", "fuse.sshfs", "fuse.davfs", "fuse.rclone",
    "fuse.s3fs", "afs", "ceph", "fuse.ceph", "glusterfs", "fuse.glusterfs", "lustre", "gpfs", "beegfs",
})  # fmt: skip


def mounts() -> list[tuple[str, str]]:
    """Return what is mounted on this machine, the later over the earlier: where, and the kind of file system."""
    try:
        return [(mount.mountpoint, mount.fstype) for mount in psutil.disk_partitions(all=True)]
    except OSError:
        # Not all containers let it be seen.
        return []


def network_disk(folder: Path, mounted: Iterable[tuple[str, str]]) -> str | None:
    """Return the kind of network file system that a folder is on; None: it is on none, or nobody knows."""
    above = {str(place) for place in (folder, *folder.parents)}
    found = [(len(place), number, kind) for number, (place, kind) in enumerate(mounted) if place in above]
    kind = max(found)[2] if found else ""
    return kind if kind in _NETWORK else None
