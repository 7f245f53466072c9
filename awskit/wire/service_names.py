"""AWS's services by the many names that each has.

In: a name as SDKs, the AWS CLI or host names have it (`cloudwatch`, `elbv2`, `api.ecr`), or what stands before the
operation in `X-Amz-Target`. Out: the name in signatures (`monitoring`, `elasticloadbalancing`, `ecr`). Nothing raised.
Read from `specs/service-names.json`, which `make specs` writes, when it is first asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import orjson

_FILE = Path(__file__).with_name("specs") / "service-names.json"
_COMMON = {"sfn": "states", "eventbridge": "events", "cloudwatchlogs": "logs"}


def signing_names(name: str) -> frozenset[str]:
    """The names in signatures that `name` may mean: its own, where it is one, and that of the service called so."""
    return frozenset({name, _COMMON.get(name) or _known()["names"].get(name, name)})


def all_names() -> frozenset[str]:
    """Every name that a service of AWS's has, in small letters, in the release of botocore that this was made from."""
    return frozenset(name.lower() for name in (*_known()["signing"], *_known()["names"], *_COMMON))


def service_of_target(prefix: str) -> str | None:
    """The signing name of the service whose `X-Amz-Target` begins so; None where there is none."""
    found: str | None = _known()["targets"].get(prefix)
    return found


@cache
def _known() -> Mapping[str, Any]:
    content: dict[str, Any] = orjson.loads(_FILE.read_bytes())
    return content
