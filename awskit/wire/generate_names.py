"""What `awskit.wire.service_names` reads, made of the pinned botocore by `awskit.wire.generate`: development only."""

from __future__ import annotations

import json
from typing import Any


def rendered_names() -> str:
    """`names` are those of botocore's and of host names which differ from the signing name; `targets` of JSON 1.x."""
    from botocore.session import Session

    session = Session()
    names: dict[str, str] = {}
    targets: dict[str, str] = {}
    for service in session.get_available_services():
        metadata = session.get_service_model(service).metadata
        prefix = metadata["endpointPrefix"]
        signing_name = metadata.get("signingName", prefix)
        for name in (service, prefix):
            if name != signing_name:
                names.setdefault(name, signing_name)
        if "targetPrefix" in metadata:
            targets.setdefault(metadata["targetPrefix"], signing_name)
    return f'{{"names":{_lines(names)},\n"targets":{_lines(targets)}}}\n'


def _lines(entries: dict[str, Any]) -> str:
    return "{\n" + ",\n".join(f"{json.dumps(key)}:{json.dumps(entries[key])}" for key in sorted(entries)) + "\n}"
