"""`ruststack status`."""

from __future__ import annotations

import os
import time

import typer

from ruststack.control_client import ControlClient, NoAnswer
from ruststack.fleets.background import is_ready
from ruststack.fleets.fleet_record import FleetRecord, running
from ruststack.fleets.own_fleets import none_there, running_fleet
from ruststack.options import Port

app = typer.Typer()


@app.command(rich_help_panel="Look")
def status(port: Port = None) -> None:
    """Your fleets on this machine: where each listens, since when, its data, its log; exits with 1 where none runs.

    With --port, or RUSTSTACK_PORT, of one fleet alone.
    """
    if port is None and "RUSTSTACK_PORT" not in os.environ:
        records = running(os.environ)
    else:
        found = running_fleet(port, os.environ)
        records = [found] if found is not None else []
    if not records:
        print(none_there(port, os.environ))
        raise typer.Exit(1)
    print("\n\n".join(map(_described, records)))


def _described(record: FleetRecord) -> str:
    facts = {
        "fleet": f"{record.endpoint}  {'ready' if is_ready(record) else 'not ready'}",
        "version": f"{record.version}, pid {record.pid}, for {_duration(time.time() - record.started)}",
        "data": record.data_dir or "nothing is kept",
        "log": record.log or "where it was started: it runs in the foreground",
    }
    try:
        health = ControlClient(record.endpoint, timeout=5).ask(
            "GET", "/_ruststack/health", accepted=(200, 503), holding="services"
        )
        services = [f"{name} {entry['status']}" for name, entry in health["services"].items()]
        facts["services"] = ", ".join(services) or "none"
    except NoAnswer:
        facts["services"] = "no answer"
    return "\n".join(f"{name:<9} {value}" for name, value in facts.items())


def _duration(seconds: float) -> str:
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"
