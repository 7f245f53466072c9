"""`ruststack faults ...`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from ruststack.control_client import ControlClient
from ruststack.counting import counted
from ruststack.options import EndpointUrl
from ruststack.refusal import Refused

_PATH = "/_ruststack/faults"
_PATTERNS = ("service", "operation", "account", "region", "resource")

app = typer.Typer(no_args_is_help=True)


@app.callback(rich_help_panel="State")
def faults() -> None:
    """Make requests fail on purpose: errors, throttling, latency, broken connections, late and double deliveries."""


@app.command()
def add(
    service: Annotated[str | None, typer.Option(help="s3, dynamodb, sqs or sns; all without.")] = None,
    operation: Annotated[str | None, typer.Option(help="PutItem, or a pattern: 'Put*'.")] = None,
    resource: Annotated[str | None, typer.Option(help="Bucket/key, table, queue or topic, or a pattern.")] = None,
    account: Annotated[str | None, typer.Option(help="The caller's account.")] = None,
    region: Annotated[str | None, typer.Option(help="The region.")] = None,
    probability: Annotated[float | None, typer.Option(help="From 0 to 1; each time without.")] = None,
    times: Annotated[int | None, typer.Option(help="How often at most.")] = None,
    error: Annotated[str | None, typer.Option(help="The code of AWS's error, in AWS's own words.")] = None,
    message: Annotated[str | None, typer.Option(help="The error's text, in other words.")] = None,
    status: Annotated[int | None, typer.Option(help="The error's HTTP status.")] = None,
    throttle: Annotated[bool, typer.Option("--throttle", help="The error by which the service throttles.")] = False,
    latency: Annotated[str | None, typer.Option(help="Seconds: 0.5, or 0.1-2, drawn anew each time.")] = None,
    broken: Annotated[
        str | None, typer.Option("--break", help="The connection, 'before' the work is done or 'after' it.")
    ] = None,
    delivery: Annotated[
        str | None, typer.Option(help="Of SNS's messages and S3's events: 'duplicate', or late: 'delay:5'.")
    ] = None,
    endpoint_url: EndpointUrl = "",
) -> None:
    """Add a rule; its id is printed."""
    told = error if message is None and status is None else {"code": error, "message": message, "status": status}
    rule: dict[str, Any] = {
        "service": service,
        "operation": operation,
        "resource": resource,
        "account": account,
        "region": region,
        "probability": probability,
        "times": times,
        "error": {k: v for k, v in told.items() if v is not None} if isinstance(told, dict) else told,
        "throttle": throttle or None,
        "latency": _latency(latency),
        "break": broken,
        "delivery": _delivery(delivery),
    }
    body = json.dumps({name: value for name, value in rule.items() if value is not None}).encode()
    (added,) = ControlClient(endpoint_url).ask("POST", _PATH, body=body, accepted=(201,))["faults"]
    print(added["id"])


@app.command("list")
def list_faults(endpoint_url: EndpointUrl = "") -> None:
    """The rules, and how often each has struck."""
    rules = ControlClient(endpoint_url).ask("GET", _PATH)["faults"]
    for rule in rules:
        print(_line(rule))
    if not rules:
        typer.echo("there are no rules", err=True)


@app.command()
def clear(
    rule_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="One rule; all without.")] = None,
    endpoint_url: EndpointUrl = "",
) -> None:
    """End all rules, or one."""
    removed = ControlClient(endpoint_url).ask("DELETE", _PATH, {"id": rule_id})["removed"]
    print(f"{removed} removed")


def _line(rule: Mapping[str, Any]) -> str:
    where = [f"{name} {rule[name]}" for name in _PATTERNS if rule.get(name, "*") != "*"]
    does = [
        f"{name} {json.dumps(value) if isinstance(value, dict | list) else value}"
        for name, value in rule.items()
        if name not in (*_PATTERNS, "id", "hits")
    ]
    return f"{rule['id']}  {', '.join(where) or 'every request'}: {', '.join(does)}  ({counted(rule['hits'], 'hits')})"


def _latency(text: str | None) -> float | list[float] | None:
    if text is None:
        return None
    try:
        bounds = [float(part) for part in text.split("-")]
    except ValueError:
        raise Refused(f"latency is seconds, such as 0.5 or 0.1-2, not {text!r}") from None
    return bounds[0] if len(bounds) == 1 else bounds


def _delivery(text: str | None) -> str | dict[str, float] | None:
    if text is None or not text.startswith("delay:"):
        return text
    try:
        return {"delay": float(text.removeprefix("delay:"))}
    except ValueError:
        raise Refused(f"delivery is duplicate or delay:SECONDS, not {text!r}") from None
