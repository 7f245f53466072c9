"""`ruststack migrate`."""

from __future__ import annotations

import os

import typer

from awskit.service.service_process import StartError
from ruststack.options import DataDir, Services, set_environment
from ruststack.refusal import Refused
from ruststack.service_packages import migrate_databases
from ruststack.settings import enabled_services

app = typer.Typer()


@app.command(rich_help_panel="State")
def migrate(services: Services = None, data_dir: DataDir = None) -> None:
    """Bring the services' databases to this version's schema, as `up` does before it starts them."""
    set_environment(SERVICES=services, DATA_DIR=data_dir)
    names = enabled_services(os.environ)
    try:
        migrate_databases(names, os.environ)
    except StartError as error:
        raise Refused(str(error)) from error
    print(f"at the newest schema: {', '.join(names)}")
