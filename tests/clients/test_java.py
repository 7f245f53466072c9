"""The AWS SDK for Java: version 2 (blocking, Netty, CRT, transfer manager, enhanced), and version 1's mapper."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clients.cache import kept_folder, put_files
from tests.clients.pages import read_page, run_page
from tests.clients.programs import DIRECTORY_BUCKET, HERE, build, needs, of_fleet, run, steps
from tests.processes import Running

pytestmark = pytest.mark.timeout(3000)
MAVEN = ["mvn", "-q", "-B"]
NOT_IN_JAVA = ["s3.presigned_post"]


def test_both_versions(fleet: Running, unique_name: str, tmp_path: Path) -> None:
    needs("java", "javac", "mvn")
    sources = {path.name: path.read_text() for path in sorted((HERE / "java").iterdir())}
    with kept_folder("java", sources["pom.xml"]) as folder:
        put_files(folder, sources)
        classpath = folder / "classpath"
        if not classpath.exists():
            build([*MAVEN, "dependency:build-classpath", "-Dmdep.outputFile=classpath"], folder)
        options = ["-encoding", "UTF-8", "-nowarn", "-d", "out", "-cp", classpath.read_text()]
        run(["javac", *options, *(name for name in sources if name.endswith(".java"))], folder)
        command = ["java", "-cp", f"{folder / 'out'}:{classpath.read_text()}", "Scenario", unique_name[:20]]
        wanted = [*steps(without=NOT_IN_JAVA), *DIRECTORY_BUCKET, "java.v1_mapper"]
        assert run(command, tmp_path, of_fleet(fleet)).split() == wanted


def test_the_page(fleet: Running) -> None:
    needs("java", "mvn")
    page = read_page("java")
    assert run_page(page, fleet) == page.printed
