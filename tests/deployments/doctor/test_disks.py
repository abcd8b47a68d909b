from pathlib import Path

import pytest

from deployments.doctor.disks import mounts, network_disk

MOUNTED = [("/", "ext4"), ("/home", "nfs4"), ("/home/me/local", "xfs"), ("/mnt", "ext4"), ("/mnt", "fuse.sshfs")]


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/var/lib/planwave", None),
        ("/home/me/.local/share/planwave", "nfs4"),
        ("/home/me/local/planwave", None),
        ("/homely", None),
        ("/mnt", "fuse.sshfs"),
    ],
)
def test_a_folder_is_on_the_disk_that_was_mounted_nearest_above_it_and_last(folder: str, kind: str | None) -> None:
    assert network_disk(Path(folder), MOUNTED) == kind


def test_what_is_mounted_here_is_known() -> None:
    assert "/" in {place for place, _ in mounts()}
