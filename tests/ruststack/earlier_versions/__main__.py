"""A data folder and a snapshot of each version there has been, small, which every later one is to take.

`python -m tests.ruststack.earlier_versions` adds those of the version at hand: run it when a version is released.
"""

from __future__ import annotations

import tarfile
import tempfile
from pathlib import Path

from awskit import __version__
from tests.processes import running_fleet
from tests.ruststack.command import ruststack
from tests.ruststack.snapshot_content import fill

HERE = Path(__file__).parent


def main() -> None:
    folder = HERE / __version__
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary, running_fleet(Path(temporary)) as fleet:
        fill(fleet)
        ruststack("snapshot", "save", "small", "--endpoint-url", fleet.url)
        file = str(folder / "snapshot.tar.gz")
        ruststack("snapshot", "export", "small", file, "--endpoint-url", fleet.url)
        ruststack("snapshot", "delete", "small", "--endpoint-url", fleet.url)
        fleet.stop()
        with tarfile.open(folder / "data.tar.gz", "w:gz") as data:
            for path in sorted(fleet.data_dir.rglob("*")):
                if path.is_file() and path.suffix in ("", ".db") and not any(part[0] == "." for part in path.parts):
                    data.add(path, path.relative_to(fleet.data_dir))


if __name__ == "__main__":
    main()
