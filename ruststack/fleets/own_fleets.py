"""Which of this user's fleets a command is about."""

from __future__ import annotations

from collections.abc import Mapping

from ruststack.fleets.fleet_record import FleetRecord, find, is_running, running
from ruststack.refusal import Refused
from ruststack.settings import listen_addresses, load_fleet_settings


def port_of(port: int | None, environ: Mapping[str, str]) -> int:
    """The port that is meant: the option's, else the one that a fleet of this environment listens on."""
    return port if port is not None else listen_addresses(load_fleet_settings(environ), environ)[0][1]


def running_fleet(port: int | None, environ: Mapping[str, str]) -> FleetRecord | None:
    """The fleet that runs there."""
    record = find(port_of(port, environ), environ)
    return record if record is not None and is_running(record, environ) else None


def none_there(port: int | None, environ: Mapping[str, str]) -> str:
    """That none of this user's fleets runs there, and where others do."""
    others = [f"--port {record.port}" for record in running(environ)]
    hint = f"; there is one with {', '.join(others)}" if others else ""
    return f"no fleet of yours runs on port {port_of(port, environ)}{hint}"


def known_fleet(port: int | None, environ: Mapping[str, str]) -> FleetRecord:
    """The last fleet there, be it running or not. Raises `Refused` where there has been none."""
    record = find(port_of(port, environ), environ)
    if record is None:
        raise Refused(none_there(port, environ))
    return record
