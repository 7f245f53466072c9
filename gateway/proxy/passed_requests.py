"""The last requests that were passed to other emulators: entries as `awskit.journal.ring` has them, made at once.

They are few beside the services' own, and what is known of them is in their heads.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

from awskit.clock import Clock
from awskit.journal.ring import Entry
from awskit.sigv4.caller import caller_of
from awskit.wire.http import HttpRequest
from gateway.proxy.request import Request

_CUT = 300
_TOLD = 64


class PassedRequests:
    """The last `size` of them; of none where it is 0."""

    def __init__(self, size: int, clock: Clock) -> None:
        self.instance = uuid4().hex[:12]
        self.count = 0
        self._clock = clock
        self._kept: deque[Entry] = deque(maxlen=size)

    def note(self, service: str, request: Request, status: int, seconds: float, error: str = "") -> None:
        """Keep one that `service` answered with `status`; `error` is the gateway's own text, where it was that."""
        if self._kept.maxlen == 0:
            return
        self.count += 1
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in request.headers.items()}
        path, query = request.path.decode("latin-1"), request.query.decode("latin-1")
        caller = caller_of(HttpRequest(request.method, path, query, headers))
        self._kept.append(
            {
                "number": self.count,
                "time": round(self._clock.now() - seconds, 6),
                "id": request.id,
                "service": service[:_TOLD],
                "operation": _operation(request.method, path, query, headers)[:_CUT],
                "account": caller.account_id,
                "access_key": caller.access_key_id and caller.access_key_id[:_CUT],
                "region": caller.region[:_CUT],
                "user_agent": headers.get("user-agent", "")[:_CUT] or None,
                "resource": path[:_CUT],
                "parameters": "",
                "status": status,
                "error": {"code": "ServiceUnavailable", "message": error[:_CUT]} if error else None,
                "policy": None,
                "duration_ms": round(seconds * 1e3, 3),
                "received": request.body_length or 0,
                "sent": 0,
                "trace": headers.get("x-amzn-trace-id", "")[:_CUT] or None,
                "fault": None,
                "messages": [],
            }
        )

    def after(self, number: int) -> Iterator[dict[str, Any]]:
        """The entries with a number above `number`, the newest first."""
        for entry in reversed(self._kept):
            if entry["number"] <= number:
                return
            yield entry


def _operation(method: str, path: str, query: str, headers: dict[str, str]) -> str:
    """What is asked, as far as the head tells: `GetParameter`, else `POST /2015-03-31/functions/...`."""
    target = headers.get("x-amz-target", "").rpartition(".")[2]
    if not target and "Action=" in query:
        target = dict(parse_qsl(query[: _CUT * 10])).get("Action", "")
    if not target and path.startswith("/service/"):  # RPC version 2
        target = path.rpartition("/")[2]
    return target or f"{method} {path}"
