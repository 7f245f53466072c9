"""The AWS SDK for Rust, and the crates object_store and opendal, built together."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.clients.cache import kept_folder, put_files
from tests.clients.pages import read_page, type_page
from tests.clients.programs import HERE, build, needs, of_fleet, run, steps
from tests.processes import Running

pytestmark = pytest.mark.timeout(3000)
# The SDK sends no body of a length that it does not know, and has no manager; the others want what no crate here has.
NOT_IN_RUST = ["s3.put_stream", "s3.upload_manager", "s3.download_manager", "s3.presigned_post", "s3.notification"]
PAGES = ("rust",)


@pytest.fixture(scope="module")
def built() -> Path:
    """The workspace with the built programs: the scenario's, and each page's under the page's name."""
    needs("cargo")
    source = HERE / "rust"
    files = {f"scenario/{path.relative_to(source)}": path.read_text() for path in source.rglob("*") if path.is_file()}
    for name in PAGES:
        files |= {f"{name}/{file}": text for file, text in read_page(name).files.items()}
    members = ["scenario", *PAGES]
    # one workspace, that what they share is built once; without what only a debugger needs
    profile = "[profile.dev]\ndebug = false\nincremental = false\n"
    files["Cargo.toml"] = f'[workspace]\nresolver = "3"\nmembers = {json.dumps(members)}\n\n{profile}'
    manifests = "".join(text for file, text in sorted(files.items()) if file.endswith("Cargo.toml"))
    with kept_folder("rust", manifests) as folder:
        put_files(folder, files)
        build(["cargo", "build", "-q", "--workspace"], folder, timeout=2800)
        return folder


def test_the_scenario(fleet: Running, unique_name: str, built: Path) -> None:
    command = [built / "target" / "debug" / "scenario", unique_name[:20]]
    assert run(command, built, of_fleet(fleet)).split() == steps(without=NOT_IN_RUST)


@pytest.mark.parametrize("name", PAGES)
def test_the_page(fleet: Running, built: Path, name: str) -> None:
    page = read_page(name)
    assert type_page(page, built / name, fleet) == page.printed
