"""`ruststack requests`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import typer

from awskit.journal.lines import line
from ruststack.control_client import ControlClient
from ruststack.options import EndpointUrl

_PATH = "/_ruststack/requests"

app = typer.Typer()


@app.command(rich_help_panel="Look")
def requests(
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes, until Ctrl-C.")] = False,
    limit: Annotated[int, typer.Option("--limit", "-n", min=0, help="How many of the last ones.")] = 20,
    service: Annotated[str | None, typer.Option(help="s3, dynamodb, sqs or sns.")] = None,
    operation: Annotated[str | None, typer.Option(help="PutItem, or a pattern: 'Put*'.")] = None,
    resource: Annotated[str | None, typer.Option(help="Bucket/key, table, queue or topic, or a pattern.")] = None,
    status: Annotated[str | None, typer.Option(help="404, 4xx, or error for every one that failed.")] = None,
    error: Annotated[str | None, typer.Option(help="The error's code, or a pattern.")] = None,
    account: Annotated[str | None, typer.Option(help="The caller's account.")] = None,
    access_key: Annotated[str | None, typer.Option("--key", help="The caller's access key.")] = None,
    region: Annotated[str | None, typer.Option(help="The region.")] = None,
    user_agent: Annotated[str | None, typer.Option("--agent", help="A part of the client's user agent.")] = None,
    parameters: Annotated[str | None, typer.Option("--contains", help="A part of the parameters.")] = None,
    policy: Annotated[str | None, typer.Option(help="A part of what is said of the policy that decided.")] = None,
    request_id: Annotated[str | None, typer.Option("--id", help="The request's id.")] = None,
    slower_than: Annotated[float | None, typer.Option(help="Milliseconds at least.")] = None,
    larger_than: Annotated[int | None, typer.Option(help="Bytes at least, asked or answered.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON object a line, with all that is known.")] = False,
    endpoint_url: EndpointUrl = "",
) -> None:
    """What the services were asked last: by whom, for what, and what they answered."""
    asked = {
        "service": service,
        "operation": operation,
        "resource": resource,
        "status": status,
        "error": error,
        "account": account,
        "access_key": access_key,
        "region": region,
        "user_agent": user_agent,
        "parameters": parameters,
        "policy": policy,
        "id": request_id,
        "slower_than": None if slower_than is None else str(slower_than),
        "larger_than": None if larger_than is None else str(larger_than),
        "limit": str(limit),
    }
    client = ControlClient(endpoint_url)
    if not follow:
        entries = client.ask("GET", _PATH, asked)["requests"]
        for entry in entries:
            _show(entry, as_json=as_json)
        if not entries and limit:
            typer.echo("none of the requests that are remembered fits", err=True)
        return
    try:
        for event in client.lines(_PATH, {**asked, "follow": "1"}):
            if event.startswith(b"data: "):
                _show(json.loads(event.removeprefix(b"data: ")), as_json=as_json)
    except KeyboardInterrupt:
        return


def _show(entry: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(entry), flush=True)
        return
    moment = datetime.fromtimestamp(entry["time"]).strftime("%H:%M:%S.%f")[:-3]
    print(f"{moment} {entry['service']:<8} {line(entry)}", flush=True)
