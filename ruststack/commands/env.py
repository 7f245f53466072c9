"""`ruststack env`."""

from __future__ import annotations

import json
import re
import shlex
from enum import StrEnum
from typing import Annotated

import typer

from ruststack.banner import client_environment
from ruststack.control_client import ControlClient
from ruststack.options import EndpointUrl
from ruststack.refusal import Refused

app = typer.Typer()


class Form(StrEnum):
    """How the variables are written."""

    SH = "sh"
    FISH = "fish"
    DOTENV = "dotenv"
    JSON = "json"


@app.command(rich_help_panel="Run")
def env(
    account: Annotated[str, typer.Option(help="12 digits: the account to work in (default 000000000000).")] = "",
    region: Annotated[str, typer.Option(help="The region.")] = "us-east-1",
    form: Annotated[Form, typer.Option("--format", help="For which reader.")] = Form.SH,
    endpoint_url: EndpointUrl = "",
) -> None:
    """Print the variables that point SDKs and the AWS CLI at the fleet: `eval "$(ruststack env)"`.

    In a GitHub workflow: `ruststack env --format dotenv >> "$GITHUB_ENV"`.
    """
    if account and re.fullmatch(r"[0-9]{12}", account) is None:
        raise Refused(f"an account has 12 digits, which {account!r} has not")
    variables = client_environment(ControlClient(endpoint_url).endpoint, account or "test", region)
    print(_written(variables, form))


def _written(variables: dict[str, str], form: Form) -> str:
    if form is Form.JSON:
        return json.dumps(variables, indent=2)
    if form is Form.DOTENV:
        return "\n".join(f"{name}={value}" for name, value in variables.items())
    quoted = {name: shlex.quote(value) for name, value in variables.items()}
    if form is Form.FISH:
        return "\n".join(f"set -gx {name} {value}" for name, value in quoted.items())
    return "\n".join(f"export {name}={value}" for name, value in quoted.items())
