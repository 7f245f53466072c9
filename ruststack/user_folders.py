"""The user's own places for what is kept. https://specifications.freedesktop.org/basedir-spec/latest/"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path


def data_home(environ: Mapping[str, str]) -> Path:
    """RustStack's part of `$XDG_DATA_HOME`."""
    return _home(environ, "XDG_DATA_HOME", Path(".local", "share"))


def state_home(environ: Mapping[str, str]) -> Path:
    """RustStack's part of `$XDG_STATE_HOME`."""
    return _home(environ, "XDG_STATE_HOME", Path(".local", "state"))


def tls_dir(environ: Mapping[str, str]) -> Path:
    """The folder of the authority for https: one for all of a user's fleets, so that it need be trusted once."""
    given = environ.get("RUSTSTACK_TLS_DIR")
    return Path(given) if given else data_home(environ) / "tls"


def _home(environ: Mapping[str, str], variable: str, usual: Path) -> Path:
    given = environ.get(variable, "")
    if os.path.isabs(given):  # noqa: PTH117 - others are to be ignored, as the specification says
        return Path(given) / "ruststack"
    try:
        return Path.home() / usual / "ruststack"
    except RuntimeError:  # a user id without a home, as in `docker run --user`
        return Path(tempfile.gettempdir()) / f"ruststack-{os.getuid()}" / usual.name
