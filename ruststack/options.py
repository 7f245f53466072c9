"""Options that several commands have, as annotations of their parameters."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

EndpointUrl = Annotated[
    str, typer.Option("--endpoint-url", help="The running fleet (default: where RUSTSTACK_PORT and so on put it).")
]
Port = Annotated[int | None, typer.Option(help="The fleet on this port (default: RUSTSTACK_PORT, else 4566).")]
Services = Annotated[str | None, typer.Option(help="Only these, separated by commas: s3, dynamodb, sqs, sns.")]
DataDir = Annotated[Path | None, typer.Option(help="Folder of the databases and objects.")]


def set_environment(**given: object) -> None:
    """Have the options that were given win over the environment, for this process and those that it starts."""
    for name, value in given.items():
        if value is not None:
            os.environ[f"RUSTSTACK_{name}"] = str(value)
