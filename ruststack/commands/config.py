"""`ruststack config`."""

from __future__ import annotations

import os
import sys

import typer

from awskit.settings import Origin
from ruststack.configuration import all_settings

app = typer.Typer()


@app.command(rich_help_panel="Look")
def config() -> None:
    """Every setting, its value, and where the value comes from: a variable, its default, or the fleet itself."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("setting", "value", "origin", "meaning"):
        table.add_column(heading, overflow="fold")
    for setting in all_settings(os.environ):
        table.add_row(setting.name, _shown(setting.value), setting.origin, _meaning(setting))
    Console(width=None if sys.stdout.isatty() else 160, markup=False, emoji=False).print(table)


def _meaning(setting: Origin) -> str:
    return f"{setting.help} (also {', '.join(setting.aliases)})" if setting.aliases else setting.help


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return "" if value is None else str(value)
