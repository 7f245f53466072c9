"""`ruststack trace`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

import typer

from awskit.journal.lines import line, printable
from ruststack.control_client import ControlClient
from ruststack.options import EndpointUrl
from ruststack.refusal import Refused

app = typer.Typer()


@app.command(rich_help_panel="Look")
def trace(
    reference: Annotated[str, typer.Argument(metavar="ID", help="A request's or message's id, or an X-Amzn-Trace-Id.")],
    as_json: Annotated[bool, typer.Option("--json", help="A JSON object a line, with all that is known.")] = False,
    endpoint_url: EndpointUrl = "",
) -> None:
    """A message's way through S3, SNS and SQS: who sent it, who got it, whose filter did not let it through."""
    if not reference.strip():
        raise Refused("name the id of a request or a message, or an X-Amzn-Trace-Id")
    for found in ControlClient(endpoint_url).ask("GET", f"/_ruststack/trace/{quote(reference)}")["trace"]:
        print(json.dumps(found) if as_json else _line(found))


def _line(found: Mapping[str, Any]) -> str:
    moment = datetime.fromtimestamp(found["time"]).strftime("%H:%M:%S.%f")[:-3]
    if found["what"] == "request":
        return f"{moment} {found['service']:<8} {line(found)}"
    became = f" as {found['message']}" if found["message"] and found["message"] != found["cause"] else ""
    text = f": {found['text']}" if found["text"] else ""
    return printable(f"{moment} {found['service']:<8}   {found['event']}: {found['resource']}{became}{text}")
