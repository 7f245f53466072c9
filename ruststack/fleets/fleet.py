"""The whole fleet on one machine: `python -m ruststack.fleets.fleet`, which `ruststack up` becomes.

Configured by the environment alone. Gateway and services are forked from this process, which has imported what they
need: the gateway before there is more than HTTP, so that it carries no SQLAlchemy. Where it has to be started again it
is a fresh interpreter. Stopped by SIGTERM or Ctrl-C this exits with 0; with 2 and one line on stderr where it cannot
start.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import importlib.util
import os
import runpy
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

from awskit import __version__
from awskit.process.data_folder import DataFolderError
from awskit.settings import SettingsError
from ruststack import banner, data_dir
from ruststack.fleets.fleet_record import LOG_VARIABLE, FleetRecord, keep
from ruststack.fleets.init_hooks import InitHooks, script_environment
from ruststack.fleets.lifeline import is_abandoned
from ruststack.fleets.listening import ListenError, listen, reachable_url
from ruststack.fleets.log_stream import LogStream
from ruststack.fleets.readiness import is_ready
from ruststack.fleets.runtime_dir import runtime_dir
from ruststack.fleets.started_settings import misspelt_settings, started_settings
from ruststack.fleets.supervisor import Member, StartFailed, Supervisor
from ruststack.packages import module_name, python_command
from ruststack.settings import (
    FleetSettings,
    access_mode,
    enabled_services,
    endpoint_url,
    listen_addresses,
    load_fleet_settings,
    offers_console,
    replica_counts,
    unknown_services,
)
from ruststack.user_folders import tls_dir

EXIT_REFUSED = 2
_POLL_SECONDS = 0.005
_LAST_SPANS_PART = 1 / 3  # of the time that a stop may take
_CONSOLE_BACKLOG = 128
_DONE_SCRIPTS = "init-scripts-done.json"
_SERVER_MODULES = (  # which the gateway and the services need
    "awskit.fallback.places",
    "awskit.http.asgi",
    "awskit.http.browsers",
    "awskit.http.proxies",
    "awskit.http.server",
    "awskit.http_client",
    "awskit.journal.ring",
    "awskit.policy.document",
    "awskit.sigv4.session_keys",
    "ctypes",
    "uvicorn.lifespan.on",
    "uvicorn.loops.uvloop",
)
_SHARED_MODULES = (  # which three of the services need at least
    "awskit.access.guard",
    "awskit.fallback.calls",
    "awskit.resources.tags",
    "awskit.wire.model",
    "awskit.wire.validation",
    "awskit.wire.xml_reader",
    "awskit.wire.xml_writer",
    "awskit.service.service_process",
    "awskit.service.application",
    "awskit.outbox",
    "awskit.snapshots.routes",
    "orjson",
    "sqlalchemy.dialects.sqlite",
)


def main() -> None:
    """Run the fleet until it is told to stop."""
    gc.disable()
    try:
        settings = load_fleet_settings(os.environ)
        sockets = listen(listen_addresses(settings, os.environ))
        if settings.persistence:
            os.environ["RUSTSTACK_FLEET"] = data_dir.claim(settings.data_dir, os.environ.get("RUSTSTACK_FLEET", ""))
    except (SettingsError, ListenError, DataFolderError) as error:
        print(f"ruststack: {error}", file=sys.stderr)
        raise SystemExit(EXIT_REFUSED) from None
    print(banner.starting(settings.kept_in), flush=True)
    with runtime_dir() as folder:
        raise SystemExit(Fleet(settings, sockets, folder).run())


class Fleet:
    """One run of the fleet, from its first process to its last."""

    def __init__(self, settings: FleetSettings, sockets: list[socket.socket], folder: Path) -> None:
        self._settings = settings
        self._sockets = sockets
        self._runtime_dir = folder
        self._log = LogStream()
        self._supervisor = Supervisor(self._log)
        self._enabled, self._unknown = enabled_services(os.environ), unknown_services(os.environ)
        self._local = self._set_environment()
        self._gateway = Member("gateway", self._run_gateway)
        self._telemetry = Member("telemetry", self._run_telemetry)
        self._port = sockets[0].getsockname()[1]
        self._console = self._console_member() if offers_console(os.environ) else None
        self._endpoint = endpoint_url(settings, os.environ, port=self._port)
        environment = script_environment(os.environ, self._endpoint)
        state_file = Path(os.environ["RUSTSTACK_INIT_STATE"])
        done_file: Path | None = None
        if settings.init_once and settings.persistence:
            done_file = settings.data_dir.absolute() / _DONE_SCRIPTS
            os.environ["RUSTSTACK_INIT_DONE"] = str(done_file)
        self._hooks = InitHooks(settings.init_dir, state_file, environment, self._supervisor, self._log, done_file)

    def run(self) -> int:
        """Everything in order; the exit status comes back."""
        try:
            self._start()
            self._until(self._is_well, _POLL_SECONDS)
            if not self._supervisor.stop_requests:
                self._supervisor.is_ready()
                self._start_telemetry()
                self._prepare()
            if not self._supervisor.stop_requests:
                self._say_ready()
            self._until(lambda: is_abandoned(self._settings.lifeline))
            status = 0
        except StartFailed as error:
            if error.args:
                self._log.say(str(error))
            status = EXIT_REFUSED
        self._stop()
        return status

    def _is_well(self) -> bool:
        """Whether the gateway says so; it is not asked, which costs it much, before all services listen."""
        paths = (self._socket_path(process) for name in self._local for process in self._processes(name))
        return all(path.exists() for path in paths) and is_ready(self._sockets[0])

    def _prepare(self) -> None:
        """What has to be done by a fleet that works before it is ready for its users."""
        self._seed("--endpoint-url", self._endpoint)
        self._hooks.begin("READY")
        self._until(lambda: self._hooks.is_completed("READY"))

    def _seed(self, *arguments: str) -> None:
        """`ruststack seed` with the files that the settings name. Raises `StartFailed` where it fails: it says why."""
        files = self._settings.seed_files
        if not files or self._supervisor.stop_requests:
            return
        command = [*python_command("ruststack"), "seed", *arguments, *files]
        statuses: list[int] = []
        self._supervisor.run_once("seed", lambda: os.execve(command[0], command, os.environ), statuses.append)
        self._until(lambda: bool(statuses))
        if any(statuses):
            raise StartFailed

    def _say_ready(self) -> None:
        colours = banner.wants_colours(os.environ)
        auth = access_mode(os.environ)
        console = self._console is not None
        said = banner.ready(
            self._endpoint, self._settings.kept_in, self._enabled, colours=colours, auth=auth, console=console
        )
        print(said)
        print("Ready.", flush=True)

    def _record(self) -> None:
        """Let the commands of this user find the fleet; one that cannot be found so runs all the same."""
        record = FleetRecord(
            port=self._port,
            pid=os.getpid(),
            endpoint=self._endpoint,
            data_dir=str(self._settings.data_dir.absolute()) if self._settings.persistence else None,
            log=os.environ.pop(LOG_VARIABLE, None),
            started=time.time(),
            version=__version__,
            seeds=self._settings.seed_files,
            settings=started_settings(os.environ),
        )
        with contextlib.suppress(OSError):
            keep(record, os.environ)

    def _set_environment(self) -> tuple[str, ...]:
        """Tell the children where everything is; the services that have no address yet are this process's to start."""
        local = tuple(name for name in self._enabled if not os.environ.get(f"RUSTSTACK_{name.upper()}_URL"))
        # None of the four: STS and IAM, which are the gateway's own.
        os.environ["RUSTSTACK_SERVICES"] = ",".join(self._enabled) or "sts"
        for name in local:
            sockets = ",".join(f"unix:{self._socket_path(process)}" for process in self._processes(name))
            os.environ[f"RUSTSTACK_{name.upper()}_URL"] = sockets
        os.environ.setdefault("RUSTSTACK_TLS_DIR", str(tls_dir(os.environ)))
        os.environ["RUSTSTACK_INIT_STATE"] = str(self._runtime_dir / "init.json")
        return local

    def _processes(self, service: str) -> list[str]:
        """The names of a service's processes: `sqs`, `sqs-2`."""
        count = replica_counts(self._settings).get(service, 1)
        return [service if number == 1 else f"{service}-{number}" for number in range(1, count + 1)]

    def _socket_path(self, process: str) -> Path:
        return self._runtime_dir / f"{process}.sock"

    def _start(self) -> None:
        self._record()
        for name in self._unknown:
            self._log.say(f"SERVICES names {name}, which RustStack does not have: it is left out")
        for name, meant in misspelt_settings(os.environ).items():
            self._log.say(f"{name} is no setting; did you mean {meant}?")
        self._seed("--check")
        self._hooks.begin("BOOT")
        self._until(lambda: self._hooks.is_completed("BOOT"))
        _import(_SERVER_MODULES)
        self._supervisor.start(self._gateway)
        if self._console is not None:
            self._supervisor.start_when_asked(self._console)
        self._hooks.begin("START")
        _import(_SHARED_MODULES)
        for name in self._local:
            for process in self._processes(name):
                if not self._supervisor.stop_requests:
                    self._supervisor.start(Member(process, self._service_runner(name, process)))

    def _service_runner(self, name: str, process: str) -> Callable[[], None]:
        path = self._socket_path(process)

        def run() -> None:
            self._close_listening()
            path.unlink(missing_ok=True)
            _run_module(f"services.{name}", "--uds", str(path))

        return run

    def _close_listening(self) -> None:
        """In a child that stays a fork of this process: what others are to listen on is not its."""
        console = self._console.listening if self._console is not None else None
        for listening in (*self._sockets, *((console,) if console is not None else ())):
            listening.close()

    def _run_gateway(self) -> None:
        os.environ["RUSTSTACK_LISTEN_FDS"] = ",".join(str(listening.fileno()) for listening in self._sockets)
        if "sqlalchemy" in sys.modules:
            for listening in self._sockets:
                listening.set_inheritable(True)
            os.execv(sys.executable, python_command("gateway"))
        if self._console is not None and self._console.listening is not None:
            self._console.listening.close()
        _run_module("gateway")

    def _start_telemetry(self) -> None:
        if self._settings.otlp_endpoint is None:
            return
        if importlib.util.find_spec("opentelemetry.sdk") is None:
            self._log.say("no spans are sent to OTEL_EXPORTER_OTLP_ENDPOINT: pip install 'ruststack[otel]'")
            return
        self._supervisor.start(self._telemetry)

    def _run_telemetry(self) -> None:
        command = python_command("ruststack.telemetry")
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM, signal.SIGINT))  # until it has its own handlers
        os.execv(command[0], [*command, self._endpoint])

    def _console_member(self) -> Member:
        """The console: a fresh interpreter at somebody's first visit, which ends when nobody has come for long."""
        path = self._socket_path("console")
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listening.bind(str(path))
        listening.listen(_CONSOLE_BACKLOG)
        os.environ["RUSTSTACK_CONSOLE_URL"] = f"unix:{path}"

        def run() -> None:
            listening.set_inheritable(True)
            environment = {
                **os.environ,
                "RUSTSTACK_LISTEN_FDS": str(listening.fileno()),
                "RUSTSTACK_GATEWAY_URL": reachable_url(self._sockets[0]),
            }
            os.execve(sys.executable, python_command("console"), environment)

        return Member("console", run, listening)

    def _until(self, done: Callable[[], bool], poll: float = 1.0) -> None:
        """Turn the supervisor's loop until `done`, or until the fleet is told to stop."""
        while not self._supervisor.stop_requests and not done():
            self._supervisor.turn(poll)

    def _stop(self) -> None:
        requests = self._supervisor.stop_requests
        self._hooks.begin("SHUTDOWN")
        # A second Ctrl-C does not wait for the scripts.
        while not self._hooks.is_completed("SHUTDOWN") and self._supervisor.stop_requests <= max(requests, 1):
            self._supervisor.turn()
        self._supervisor.retire(self._telemetry, self._settings.stop_seconds * _LAST_SPANS_PART)
        self._supervisor.stop(self._gateway, self._settings.stop_seconds)


def _import(modules: tuple[str, ...]) -> None:
    """Import them, of which nothing is to be looked at by the collector of any process forked from now on.

    It would write to all that it looks at, and what is written to is shared no more. Nor is it worth its 40 ms here.
    """
    for module in modules:
        importlib.import_module(module_name(module) if module.startswith("awskit.") else module)
    gc.freeze()


def _run_module(name: str, *arguments: str) -> None:
    module = module_name(name)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
