"""What `awskit.wire.service_names` reads, made of the pinned botocore by `awskit.wire.generate`: development only."""

from __future__ import annotations

import json
from typing import Any


def rendered_names() -> str:
    """The document's text.

    `signing` are the names in signatures, `names` those of botocore's and of host names which differ from them;
    `targets` are JSON 1.x's.
    """
    from botocore.session import Session

    session = Session()
    names: dict[str, str] = {}
    targets: dict[str, str] = {}
    signing: set[str] = set()
    for service in session.get_available_services():
        metadata = session.get_service_model(service).metadata
        prefix = metadata["endpointPrefix"]
        signing_name = metadata.get("signingName", prefix)
        signing.add(signing_name)
        for name in (service, prefix):
            if name != signing_name:
                names.setdefault(name, signing_name)
        if "targetPrefix" in metadata:
            targets.setdefault(metadata["targetPrefix"], signing_name)
    listed = ",\n".join(map(json.dumps, sorted(signing)))
    return f'{{"signing":[\n{listed}\n],\n"names":{_lines(names)},\n"targets":{_lines(targets)}}}\n'


def _lines(entries: dict[str, Any]) -> str:
    return "{\n" + ",\n".join(f"{json.dumps(key)}:{json.dumps(entries[key])}" for key in sorted(entries)) + "\n}"
