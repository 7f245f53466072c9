"""LocalStack's init scripts: `boot.d`, `start.d`, `ready.d`, `shutdown.d` below one folder, `.sh` and `.py`.

boot: before anything is started; start: while the services start; ready: once they answer, before the fleet says that
it is ready; shutdown: before the services are stopped. The scripts of a stage run one after the other, in the order of
their names. What became of each stands in a JSON file, for the gateway to answer `/_localstack/init` from.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from ruststack.fleets.log_stream import LogStream
from ruststack.fleets.processes import describe_end
from ruststack.fleets.supervisor import Supervisor

STAGES = ("BOOT", "START", "READY", "SHUTDOWN")


class InitHooks:
    """Runs the scripts below `folder` by means of the supervisor, and records their states in `state_file`."""

    def __init__(
        self,
        folder: Path,
        state_file: Path,
        environ: Mapping[str, str],
        supervisor: Supervisor,
        log: LogStream,
        done_file: Path | None = None,
    ) -> None:
        """`done_file` remembers which scripts of ready.d have succeeded: they are not run again."""
        folder = folder.absolute()
        self._environ = dict(environ)
        self._supervisor = supervisor
        self._log = log
        self._state_file = state_file
        self._paths = {stage: _scripts(folder / f"{stage.lower()}.d") for stage in STAGES}
        self._states = {path: "UNKNOWN" for paths in self._paths.values() for path in paths}
        self._completed = dict.fromkeys(STAGES, False)
        self._waiting: list[tuple[str, Path | None]] = []
        self._running: int | None = None
        self._done_file = done_file
        self._record()

    def begin(self, stage: str) -> None:
        """Have the stage's scripts run, after those of the stages begun before; SHUTDOWN has these ended."""
        if stage == "SHUTDOWN":
            self._waiting.clear()
            if self._running is not None:
                self._supervisor.end(self._running)
        done = _names(self._done_file) if stage == "READY" else ()
        for path in self._paths[stage]:
            if path.name in done:
                self._states[path] = "SUCCESSFUL"
            else:
                self._waiting.append((stage, path))
        self._waiting.append((stage, None))
        if self._running is None:
            self._next()

    def is_completed(self, stage: str) -> bool:
        return self._completed[stage]

    def _next(self) -> None:
        while self._waiting:
            stage, path = self._waiting.pop(0)
            if path is not None:
                self._run(stage, path)
                return
            self._completed[stage] = True
            self._record()

    def _run(self, stage: str, path: Path) -> None:
        command = _command(path)

        def execute() -> None:
            os.chdir(path.parent)
            # Python ignores it, and a shell's pipelines end by it.
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            os.execve(command[0], command, self._environ)

        def ended(wait_status: int) -> None:
            self._running = None
            failed = wait_status != 0
            if failed:
                self._log.say(f"init script {path} failed: {describe_end(wait_status)}")
            elif stage == "READY":
                self._remember(path)
            self._set(path, "ERROR" if failed else "SUCCESSFUL")
            self._next()

        self._set(path, "RUNNING")
        self._running = self._supervisor.run_once("init", execute, ended)

    def _remember(self, path: Path) -> None:
        if self._done_file is not None:
            names = sorted({*_names(self._done_file), path.name})
            try:
                self._done_file.write_text(json.dumps(names))
            except OSError as error:
                self._log.say(f"{self._done_file} cannot be written: {error.strerror}")

    def _set(self, path: Path, state: str) -> None:
        self._states[path] = state
        self._record()

    def _record(self) -> None:
        scripts = [
            {"stage": stage, "name": path.name, "state": self._states[path]}
            for stage in STAGES
            for path in self._paths[stage]
        ]
        new = self._state_file.with_suffix(".new")
        new.write_text(json.dumps({"completed": self._completed, "scripts": scripts}))
        new.replace(self._state_file)


def _names(done_file: Path | None) -> tuple[str, ...]:
    try:
        return tuple(json.loads(done_file.read_bytes())) if done_file is not None else ()
    except (OSError, ValueError):
        return ()


def _scripts(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in (".sh", ".py") and path.is_file())


def _command(path: Path) -> list[str]:
    if path.suffix == ".py":
        # -P: a script called queue.py is not to be imported in place of Python's own module
        return [sys.executable, "-P", str(path)]
    return [str(path)] if os.access(path, os.X_OK) else ["/bin/sh", str(path)]


def script_environment(environ: Mapping[str, str], endpoint: str) -> dict[str, str]:
    """What a script sees: clients find the fleet and some credentials without being told."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "LOCALSTACK_HOSTNAME": "localhost",
        **environ,
    }
