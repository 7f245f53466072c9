"""The command line: finds the commands (a file each, in `ruststack/commands/`) and runs the one that is asked for.

A command that cannot do its work says why in one line on stderr and exits with 2. Nothing is imported that the command
at hand does not need: what only asks a running fleet answers within a tenth of a second.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from awskit import __version__
from awskit.settings import SettingsError
from ruststack import commands
from ruststack.plain_options import read_plainly
from ruststack.refusal import EXIT_REFUSED, Refused

_COMPLETION = ("install_completion", "show_completion")


class CommandFiles(TyperGroup):
    """A group whose commands are the modules of `ruststack.commands`."""

    def list_commands(self, ctx: Any) -> list[str]:
        files = [path for folder in commands.__path__ for path in Path(folder).glob("*.py")]
        names = [path.stem.replace("_", "-") for path in files if path.stem != "__init__"]
        return sorted(names, key=lambda name: (name != "up", name))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"{commands.__name__}.{cmd_name.replace('-', '_')}")
        command: Any = typer.main.get_command(module.app)
        command.name = cmd_name
        command.params = [parameter for parameter in command.params if parameter.name not in _COMPLETION]
        return command

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in self.list_commands(ctx):
            from difflib import get_close_matches

            close = get_close_matches(args[0], self.list_commands(ctx))
            hint = f"did you mean {' or '.join(close)}?" if close else "`ruststack --help` lists them"
            raise Refused(f"no such command: {args[0]}; {hint}")
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=CommandFiles,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="RustStack: S3, DynamoDB, SQS and SNS on one machine.",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"ruststack {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command that `sys.argv` names, and exit."""
    try:
        read_plainly()
        app(prog_name="ruststack")
    except (Refused, SettingsError) as error:
        print(f"ruststack: {error}{_hint(error)}", file=sys.stderr)
        raise SystemExit(EXIT_REFUSED) from None


def _hint(error: Exception) -> str:
    """Where no fleet answers: where another of this user's does."""
    from ruststack.control_client import NoAnswer
    from ruststack.fleets.own_fleets import elsewhere

    return elsewhere(error.endpoint, os.environ) if isinstance(error, NoAnswer) else ""
