"""`ruststack reset`."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from ruststack.control_client import ControlClient
from ruststack.options import EndpointUrl
from ruststack.refusal import Refused

app = typer.Typer()


@app.command(rich_help_panel="State")
def reset(
    service: Annotated[str | None, typer.Option(help="Only this service.")] = None,
    account: Annotated[str | None, typer.Option(help="Only this account (12 digits).")] = None,
    endpoint_url: EndpointUrl = "",
) -> None:
    """Empty the state of a running fleet."""
    if account is not None and re.fullmatch(r"[0-9]{12}", account) is None:
        raise Refused(f"an account has 12 digits, which {account!r} has not")
    ControlClient(endpoint_url).ask("POST", "/_ruststack/reset", {"service": service, "account": account})
    print("emptied")
