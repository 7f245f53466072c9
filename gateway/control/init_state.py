"""How far a fleet's init scripts are: what its supervisor writes into a file, and the gateway answers from.

`{"completed": {"BOOT": true, ...}, "scripts": [{"stage": "READY", "name": "queues.sh", "state": "SUCCESSFUL"}, ...]}`
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

_STAGES = ("BOOT", "START", "READY", "SHUTDOWN")


def init_state(path: str) -> dict[str, Any]:
    """What the fleet's supervisor wrote; without one (a container for each service) no scripts are waited for."""
    if path and Path(path).exists():
        content: dict[str, Any] = orjson.loads(Path(path).read_bytes())
        return content
    return {"completed": {stage: stage != "SHUTDOWN" for stage in _STAGES}, "scripts": []}
