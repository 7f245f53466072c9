"""What `awskit.wire.service_paths` reads, made of the pinned botocore by `awskit.wire.generate`: development only."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator


def rendered_paths(own: Collection[str]) -> str:
    """The document's text, a service a line: `{"lambda": ["/2015-03-31", ...]}`. `own` services are left out.

    Of the beginnings that one service alone has the shortest ones.
    """
    from botocore.session import Session

    session = Session()
    having: dict[str, set[str]] = {}
    for name in session.get_available_services():
        model = session.get_service_model(name)
        metadata = model.metadata
        if name in own or not metadata["protocol"].startswith("rest-"):
            continue
        for operation in model.operation_names:
            for beginning in _beginnings(model.operation_model(operation).http["requestUri"]):
                having.setdefault(beginning, set()).add(metadata.get("signingName", metadata["endpointPrefix"]))
    paths: dict[str, list[str]] = {}
    for beginning, services in sorted(having.items()):
        shorter = beginning.rpartition("/")[0]
        if len(services) == 1 and len(having.get(shorter, ())) != 1:
            (service,) = services
            paths.setdefault(service, []).append(beginning)
    lines = [f"{json.dumps(service)}:{json.dumps(paths[service], separators=(',', ':'))}" for service in sorted(paths)]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _beginnings(uri: str) -> Iterator[str]:
    """`/restapis` and `/restapis/x` of `/restapis/x/{id}?mode=import`: segment by segment, to the first parameter."""
    beginning = ""
    for segment in uri.partition("?")[0].partition("#")[0].split("/")[1:]:
        if not segment or "{" in segment:
            return
        beginning += f"/{segment}"
        yield beginning
