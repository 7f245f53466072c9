"""AWS's services that speak REST, by the paths of their operations.

In: a raw path. Out: the signing name of the service that alone has operations whose paths begin so (`lambda` of
`/2015-03-31/functions`); None where none has, or several have (`/tags`). Nothing raised. Read from
`specs/service-paths.json`, which `make specs` writes, when it is first asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import orjson

_FILE = Path(__file__).with_name("specs") / "service-paths.json"
_DEEPEST = 8  # segments; no path of an operation has more before its first parameter
_LONGEST = 256


def service_of_path(path: str) -> str | None:
    """See the module."""
    known = _known()
    end = 0
    for _ in range(_DEEPEST):
        end = path.find("/", end + 1, _LONGEST)
        service = known.get(path if end < 0 else path[:end])
        if service is not None or end < 0:
            return service
    return None


@cache
def _known() -> Mapping[str, str]:
    """By the shortest beginnings that one service alone has."""
    content: dict[str, list[str]] = orjson.loads(_FILE.read_bytes())
    return {path: service for service, paths in content.items() for path in paths}
