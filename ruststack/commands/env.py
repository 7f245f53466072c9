"""`ruststack env`."""

from __future__ import annotations

import json
import os
import re
import shlex
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from ruststack.banner import client_environment
from ruststack.control_client import ControlClient, NoAnswer, connected
from ruststack.fleets.own_fleets import elsewhere
from ruststack.options import EndpointUrl
from ruststack.refusal import Refused
from ruststack.user_folders import state_home, tls_dir

# The AWS CLI and most SDKs; Node
_AUTHORITY_VARIABLES = ("AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
_CONNECT_SECONDS = 2.0
_PEM = b"-----BEGIN CERTIFICATE-----"
_FORMS = ("sh", "fish", "dotenv", "json")

app = typer.Typer()


@app.command(rich_help_panel="Run")
def env(
    account: Annotated[str, typer.Option(help="12 digits: the account to work in (default 000000000000).")] = "",
    region: Annotated[str, typer.Option(help="The region.")] = "us-east-1",
    form: Annotated[str, typer.Option("--format", help=f"For which reader: {', '.join(_FORMS)}.")] = "sh",
    tls: Annotated[bool, typer.Option("--tls", help="By https, with the authority that clients are to trust.")] = False,
    endpoint_url: EndpointUrl = "",
) -> None:
    """Print the variables that point SDKs and the AWS CLI at the fleet: `eval "$(ruststack env)"`.

    In a GitHub workflow: `ruststack env --format dotenv >> "$GITHUB_ENV"`.
    """
    if account and re.fullmatch(r"[0-9]{12}", account) is None:
        raise Refused(f"an account has 12 digits, which {account!r} has not")
    if form not in _FORMS:
        raise Refused(f"{form!r} is none of {', '.join(_FORMS)}")
    client = ControlClient(endpoint_url)
    endpoint = client.endpoint
    if tls:
        endpoint = endpoint.replace("http://", "https://")
    variables = client_environment(endpoint, account or "test", region)
    if tls:
        authority = str(_authority(client))
        variables.update(dict.fromkeys(_AUTHORITY_VARIABLES, authority))
    print(_written(variables, form))
    _tell_of_others(client.endpoint)


def _tell_of_others(endpoint: str) -> None:
    """On stderr, for stdout is a shell's: that no fleet answers there, where another of this user's runs."""
    others = elsewhere(endpoint, os.environ)
    if others:
        try:
            connected(endpoint, _CONNECT_SECONDS).close()
        except OSError:
            typer.echo(f"ruststack: no fleet answers at {endpoint}{others}", err=True)


def _authority(client: ControlClient) -> Path:
    """The file of the authority of the fleet; where none answers, of those that this user will start."""
    from gateway.tls.authority import certificate_file, ensure

    own = tls_dir(os.environ).absolute()
    try:
        pem = client.read("GET", "/_ruststack/ca.pem")
        if not pem.startswith(_PEM):
            raise Refused(f"what answers at {client.endpoint} is no fleet: it has no authority for https")
    except NoAnswer:
        try:
            ensure(own)
        except OSError as error:
            raise Refused(f"the authority for https cannot be kept in {own}: {error.strerror}") from error
        return certificate_file(own)
    if certificate_file(own).exists() and certificate_file(own).read_bytes() == pem:
        return certificate_file(own)
    host = urlsplit(client.endpoint)
    copy = state_home(os.environ) / "authorities" / f"{host.hostname}-{host.port}.pem"  # a container's
    copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    copy.write_bytes(pem)
    return copy


def _written(variables: dict[str, str], form: str) -> str:
    if form == "json":
        return json.dumps(variables, indent=2)
    if form == "dotenv":
        return "\n".join(f"{name}={value}" for name, value in variables.items())
    pattern = "set -gx {} {}" if form == "fish" else "export {}={}"
    return "\n".join(pattern.format(name, shlex.quote(value)) for name, value in variables.items())
