"""`ruststack seed`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from awskit.settings import load
from ruststack.control_client import ControlClient
from ruststack.counting import counted
from ruststack.options import EndpointUrl
from ruststack.refusal import Refused
from ruststack.settings import load_fleet_settings

if TYPE_CHECKING:
    from ruststack.seeds.changes import Change

app = typer.Typer()


@app.command(rich_help_panel="State")
def seed(
    files: Annotated[
        list[str] | None, typer.Argument(metavar="[FILE]...", help="YAML (default: those of RUSTSTACK_SEED).")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing; say what would be.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Only see whether the files can be used.")] = False,
    no_files: Annotated[
        bool, typer.Option("--no-files", help="Refuse what is to be read from files beside the seed.")
    ] = False,
    endpoint_url: EndpointUrl = "",
) -> None:
    """Bring a running fleet to what a file says: buckets, tables, queues, topics, and what is in them.

    What is so already is left alone, so that it can be run again and again.
    """
    from ruststack.seeds import seeding

    paths = tuple(map(Path, files or load_fleet_settings(os.environ).seeds))
    if not paths:
        raise Refused("name a file, or set RUSTSTACK_SEED")
    documents = seeding.check(paths, no_files=no_files)
    if check:
        print(f"{', '.join(map(str, paths))}: well")
        return
    endpoint = ControlClient(endpoint_url).endpoint
    _be_somebody()
    count = seeding.seed(documents, endpoint, os.environ, dry_run=dry_run, tell=_tell)
    changes = counted(count, "changes")
    print(f"{changes} would be made" if dry_run else f"{changes} made")


def _be_somebody() -> None:
    """Where a fleet asks who asks, sign for its control paths as the first root user of the credentials file."""
    from awskit.access.credentials_file import load_identities
    from gateway.settings import GatewaySettings

    settings = load(GatewaySettings, os.environ)
    if "AWS_ACCESS_KEY_ID" in os.environ or not settings.credentials:
        return
    for identity in load_identities(settings.credentials).known.values():
        if identity.kind == "root":
            os.environ["AWS_ACCESS_KEY_ID"] = identity.access_key_id
            os.environ["AWS_SECRET_ACCESS_KEY"] = identity.secret_access_key
            return


def _tell(change: Change) -> None:
    print(f"{change.what}: {change.how}", flush=True)
