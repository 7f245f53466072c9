"""`ruststack doctor`."""

from __future__ import annotations

import os

import typer

from ruststack.data_checkup import check
from ruststack.options import DataDir, Services, set_environment
from ruststack.packages import default_data_dir
from ruststack.settings import enabled_services, load_fleet_settings

_SIGNS = {"well": "ok      ", "note": "note    ", "problem": "PROBLEM "}

app = typer.Typer()


@app.command(rich_help_panel="State")
def doctor(services: Services = None, data_dir: DataDir = None) -> None:
    """Look a data folder over: databases, objects' files, versions, space, permissions, who uses it; changes nothing.

    Says what is wrong and what to do. Exits with 1 where there is a problem. A fleet may run meanwhile.
    """
    set_environment(SERVICES=services, DATA_DIR=data_dir)
    os.environ.setdefault("RUSTSTACK_DATA_DIR", str(default_data_dir(os.environ)))
    folder = load_fleet_settings(os.environ).data_dir.absolute()
    problems = 0
    for finding in check(folder, enabled_services(os.environ)):
        print(_SIGNS[finding.level] + finding.text)
        if finding.remedy:
            print(f"          -> {finding.remedy}")
        problems += finding.level == "problem"
    if problems:
        print(f"{problems} problem{'s' if problems > 1 else ''}")
        raise typer.Exit(1)
    print("all is well")
