"""Which of this user's fleets a command is about."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path

from ruststack.fleets.fleet_record import FleetRecord, find, is_running, running
from ruststack.fleets.started_settings import other_setting
from ruststack.refusal import Refused
from ruststack.settings import DEFAULT_PORT, listen_addresses, load_fleet_settings


def port_of(port: int | None, environ: Mapping[str, str]) -> int:
    """The port that is meant: the option's, else the one that a fleet of this environment listens on."""
    return port if port is not None else listen_addresses(load_fleet_settings(environ), environ)[0][1]


def running_fleet(port: int | None, environ: Mapping[str, str]) -> FleetRecord | None:
    """The fleet that runs there."""
    record = find(port_of(port, environ), environ)
    return record if record is not None and is_running(record, environ) else None


def refuse_another(record: FleetRecord, environ: Mapping[str, str]) -> None:
    """Raises `Refused` where the fleet that runs keeps its data elsewhere, or is set otherwise, than `environ` says.

    What `environ` does not speak of may be anything.
    """
    settings = load_fleet_settings(environ)
    runs = f"it runs already: {record.endpoint}, pid {record.pid}"
    remedy = f": `ruststack stop --port {record.port}` first, or take another --port"
    if _keeps_elsewhere(record, settings.kept_in, environ):
        kept, wanted = record.data_dir or "memory alone", settings.kept_in
        text = f"its data is in {kept}, not in {wanted.absolute() if wanted is not None else 'memory alone'}"
        raise Refused(f"{runs}, and {text}{remedy}")
    other = other_setting(record.settings, environ)
    if other is not None:
        name, there, here = other
        raise Refused(f"{runs}, and its {name} is {there or 'empty'}, not {here or 'empty'}{remedy}")
    new = [file for file in settings.seed_files if file not in record.seeds]
    if new:
        raise Refused(f"{runs}, and RUSTSTACK_SEED is not applied to it: `{seed_command(record, new)}` does that")


def seed_command(record: FleetRecord, files: list[str]) -> str:
    """How the files are applied to a fleet that runs."""
    where = [] if record.port == DEFAULT_PORT else ["--endpoint-url", record.endpoint]
    return shlex.join(["ruststack", "seed", *files, *where])


def _keeps_elsewhere(record: FleetRecord, wanted: Path | None, environ: Mapping[str, str]) -> bool:
    names_folder = "RUSTSTACK_DATA_DIR" in environ
    if not names_folder and not {"RUSTSTACK_PERSISTENCE", "PERSISTENCE"} & environ.keys():
        return False
    if wanted is None or record.data_dir is None:
        return wanted is not None or record.data_dir is not None
    return names_folder and wanted.resolve() != Path(record.data_dir).resolve()


def none_there(port: int | None, environ: Mapping[str, str]) -> str:
    """That none of this user's fleets runs there, and where others do."""
    others = [f"--port {record.port}" for record in running(environ)]
    hint = f"; there is one with {', '.join(others)}" if others else ""
    return f"no fleet of yours runs on port {port_of(port, environ)}{hint}"


def elsewhere(endpoint: str, environ: Mapping[str, str]) -> str:
    """Where none answers at `endpoint`: which others of this user's run; empty where none does."""
    others = [f"--endpoint-url {record.endpoint}" for record in running(environ) if record.endpoint != endpoint]
    return f"; there is one with {', '.join(others)}" if others else ""


def known_fleet(port: int | None, environ: Mapping[str, str]) -> FleetRecord:
    """The last fleet there, be it running or not. Raises `Refused` where there has been none."""
    record = find(port_of(port, environ), environ)
    if record is None:
        raise Refused(none_there(port, environ))
    return record
