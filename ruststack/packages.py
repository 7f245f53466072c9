"""Where the fleet's packages are: beside `ruststack` in the repository, within it where it is installed."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import awskit
from ruststack.user_folders import data_home

_PREFIX = awskit.__name__.removesuffix("awskit")


def is_installed() -> bool:
    """Whether this is the installed package, not a checkout of the repository."""
    return bool(_PREFIX)


def module_name(name: str) -> str:
    """The name by which `name` (`services.sqs`) is imported here."""
    return name if name.startswith("ruststack") else _PREFIX + name


def python_command(name: str) -> list[str]:
    """The command that runs the module `name` (`gateway`) in a fresh interpreter.

    What lies in the working directory is not imported by an installed fleet: a user's folder may hold a `logging.py`.
    """
    return [sys.executable, *(["-P"] if is_installed() else []), "-m", module_name(name)]


def default_data_dir(environ: Mapping[str, str]) -> Path:
    """Where state is kept unless `RUSTSTACK_DATA_DIR` says: `./data` in a checkout, else the user's own place."""
    if not is_installed():
        return Path("data")
    return data_home(environ)
