"""`ruststack health`."""

from __future__ import annotations

import typer

from ruststack.control_client import ControlClient
from ruststack.options import EndpointUrl

app = typer.Typer()


@app.command(rich_help_panel="Look")
def health(endpoint_url: EndpointUrl = "") -> None:
    """How a running fleet is; exits with 1 where a service of it is down, or cannot keep what it is given."""
    answer = ControlClient(endpoint_url).ask("GET", "/_ruststack/health", accepted=(200, 503), holding="services")
    for name, entry in answer["services"].items():
        pid = f"  pid {entry['pid']}" if "pid" in entry else ""
        print(f"{name:<10}{entry['status']}{pid}")
        for fault in entry.get("faults", ()):
            print(f"          {fault}")
    for name, entry in answer.get("fallback", {}).items():
        print(f"{name:<10}{entry['status']} at {entry['address']}")
    if answer["status"] != "ok":
        raise typer.Exit(1)
