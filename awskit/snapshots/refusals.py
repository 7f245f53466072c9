"""Why something cannot be done with a snapshot."""

from __future__ import annotations


class SnapshotError(Exception):
    """It cannot be done; the text says why. `status` is HTTP's."""

    status = 409


class NoSuchSnapshot(SnapshotError):
    """There is none of that name."""

    status = 404


class Unusable(SnapshotError):
    """What was given is no snapshot, or none that this version can use."""

    status = 400
