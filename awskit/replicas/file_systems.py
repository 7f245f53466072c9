"""Which file systems replicas can share a database on: those whose locks and mapped memory are one kernel's."""

from __future__ import annotations

from pathlib import Path

_MOUNTS = Path("/proc/self/mountinfo")
_REMOTE = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "ceph", "9p", "glusterfs", "lustre"})
_REMOTE_FUSE = ("fuse.sshfs", "fuse.glusterfs", "fuse.s3fs", "fuse.rclone", "fuse.ceph")


def is_shareable(file_system: str) -> bool:
    """Whether processes may share a database on a file system of this type."""
    return file_system not in _REMOTE and not file_system.startswith(_REMOTE_FUSE)


def file_system_of(folder: Path) -> str:
    """The type of the file system that `folder` lies on (`ext4`, `nfs4`); empty where it cannot be told."""
    try:
        lines = _MOUNTS.read_text().splitlines()
        device = folder.stat().st_dev
    except OSError:
        return ""
    major_minor = f"{device >> 8 & 0xFFF}:{device & 0xFF | device >> 12 & 0xFFF00}"
    best = ""
    best_length = -1
    for line in lines:
        before, _, after = line.partition(" - ")
        fields = before.split()
        mounted_on = fields[4].replace("\\040", " ")
        if fields[2] == major_minor or folder.is_relative_to(mounted_on):
            length = len(mounted_on) if folder.is_relative_to(mounted_on) else 0
            if length > best_length:
                best, best_length = after.split()[0], length
    return best
