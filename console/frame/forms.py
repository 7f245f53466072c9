"""What a form says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def written_text(form: Mapping[str, Any], name: str) -> str:
    """The text of a field of many lines as it was written: browsers send its line ends as CR LF."""
    return str(form.get(name, "")).replace("\r\n", "\n")
