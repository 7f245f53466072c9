"""The style sheet, the script and the icon: read once, served with an address that changes with their content."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from console.frame.addresses import BASE

_FOLDER = Path(__file__).resolve().parent.parent / "static"
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """`url` names this content: it may be kept by the browser for ever."""

    content: bytes
    media_type: str
    url: str


def load_static_files() -> dict[str, StaticFile]:
    """By name: `console.css`."""
    found: dict[str, StaticFile] = {}
    for path in sorted(_FOLDER.iterdir()):
        if path.suffix in _TYPES:
            content = path.read_bytes()
            digest = hashlib.sha256(content).hexdigest()[:16]
            found[path.name] = StaticFile(content, _TYPES[path.suffix], f"{BASE}/static/{path.name}?{digest}")
    return found
