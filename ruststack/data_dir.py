"""The data folder of one run of a fleet: made, and held by it alone."""

from __future__ import annotations

import uuid
from pathlib import Path

from awskit.process import data_folder


def claim(folder: Path, fleet: str = "") -> str:
    """Make `folder` where it is missing and lock it for this run, until its last process is gone.

    `fleet` is the name of the fleet that the run is of, on other hosts too, where it has one. Out: the run's name,
    under which its services are let in. Raises `DataFolderError`.
    """
    run = f"fleet-{uuid.uuid4().hex[:12]}"
    name = f"{fleet}/{run}" if fleet else run
    # The descriptor stays open, in this process and those that are forked from it.
    data_folder.claim_folder(data_folder.prepare(folder), name)
    return name
