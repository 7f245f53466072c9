"""`ruststack regions ...`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from ruststack.control_client import ControlClient
from ruststack.options import EndpointUrl

_PATH = "/_aws/dynamodb/regions"

app = typer.Typer(invoke_without_command=True)

Region = Annotated[str, typer.Argument(help="eu-west-1", show_default=False)]
Account = Annotated[str | None, typer.Option(help="For the tables of this account alone; of all without.")]


@app.callback(rich_help_panel="State")
def regions(context: typer.Context, endpoint_url: EndpointUrl = "") -> None:
    """Cut regions of DynamoDB's global tables off from the others, and join them again; what waits meanwhile."""
    if context.invoked_subcommand is None:
        _show(ControlClient(endpoint_url).ask("GET", _PATH))


@app.command()
def cut(region: Region, account: Account = None, endpoint_url: EndpointUrl = "") -> None:
    """Cut a region off: nothing replicates to it or from it."""
    _show(ControlClient(endpoint_url).ask("POST", _PATH, {"cut": region, "account": account}))


@app.command()
def join(region: Region, account: Account = None, endpoint_url: EndpointUrl = "") -> None:
    """Join a region again: what has waited is replicated."""
    _show(ControlClient(endpoint_url).ask("POST", _PATH, {"join": region, "account": account}))


def _show(state: Mapping[str, Any]) -> None:
    for one in state["cut"]:
        print(f"{one['region']} is cut off" + ("" if one["account"] == "*" else f" for account {one['account']}"))
    for way in state["waiting"]:
        print(f"{way['account']} {way['table']}: {way['writes']} from {way['from']} to {way['to']}")
    if not state["cut"] and not state["waiting"]:
        print("no region is cut off, and nothing waits")
