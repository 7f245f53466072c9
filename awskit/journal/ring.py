"""The last requests of one process: a ring, written with every request and read when somebody asks.

So `note` stores references and cuts, in about two microseconds, and what is worth reading (parameters without
signatures, names, numbers) is made of them by `entries`. Numbers lie side by side in bytes, texts that come again and
again are kept once: an entry is some 500 bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from struct import Struct
from typing import Any, Protocol
from urllib.parse import parse_qsl
from uuid import uuid4

from awskit.clock import Clock
from awskit.http_client.user_agents import CONSOLE_LOOKING
from awskit.sigv4.caller import caller_of
from awskit.wire.http import HttpRequest, HttpResponse

CLIENT_CLOSED = 499
"""nginx's status for a request whose client has gone before its answer."""

_BODY_CUT = 160  # bytes of a body that are kept
_QUERY_CUT = 400
_TEXT_CUT = 300  # characters of an error's or a verdict's text, or of what names the client
_RESOURCE_CUT = 1_200  # a bucket's name and a key
_KNOWN_TEXTS = 256
_NUMBERS = Struct("ddqqH")  # when it began, its seconds, bytes received and sent, status
_NOTHING: Mapping[str, Any] = {}
_UNTOLD = frozenset({"action", "version", "awsaccesskeyid", "signature", "signaturemethod", "signatureversion", "x-id"})

Entry = dict[str, Any]
Resource = Callable[[Mapping[str, Any]], str]
_Said = str | None
_Row = tuple[str, str, _Said, str, str, str, str, str | bytes, tuple[str, str] | None, _Said, _Said, _Said, str]


class Verdict(Protocol):
    """What let the request in."""

    @property
    def reason(self) -> str: ...


class Asked(Protocol):
    """What the journal takes of a request's context."""

    account_id: str
    region: str
    access_key_id: str | None
    now: float

    @property
    def verdict(self) -> Verdict | None: ...


class Journal:
    """The last `size` requests to `service`, of this process. `resource` names what an operation's input is about."""

    def __init__(self, service: str, size: int, resource: Resource) -> None:
        self.instance = uuid4().hex[:12]
        self._service = service
        self._size = size
        self._resource = resource
        self._count = 0
        self._rows: list[_Row | None] = [None] * size
        self._numbers = bytearray(_NUMBERS.size * size)
        self._texts: dict[str, str] = {}

    @property
    def count(self) -> int:
        """How many requests have been noted since the process began."""
        return self._count

    def note(self, request: HttpRequest, response: HttpResponse | None, clock: Clock, seconds: float) -> bool:
        """Keep a request that has just been answered so, after `seconds`; None where its client has gone before.

        False: it is the console's own, and nothing is kept.
        """
        headers = request.headers
        agent = headers.get("user-agent", "")
        if agent == CONSOLE_LOOKING:
            return False
        context: Asked | None = request.context
        error = request.error
        policy = None
        if context is not None:
            key, account, region, began = context.access_key_id, context.account_id, context.region, context.now
            if context.verdict is not None:
                policy = context.verdict.reason[:_TEXT_CUT]
            resource = self._resource(request.input or _NOTHING)
        else:
            caller = caller_of(request)
            key, account, region, resource = caller.access_key_id, caller.account_id, caller.region, request.path[:200]
            began = clock.now() - seconds
        body = request.body
        trace = headers.get("x-amzn-trace-id")
        place = self._count % self._size
        self._count += 1
        self._rows[place] = (
            request.id,
            request.operation,
            key if key is None or len(key) <= _TEXT_CUT else key[:_TEXT_CUT],
            account,
            region if len(region) <= _TEXT_CUT else region[:_TEXT_CUT],
            agent and (self._texts.get(agent) or self._kept(agent[:_TEXT_CUT])),
            resource if len(resource) <= _RESOURCE_CUT else resource[:_RESOURCE_CUT],
            request.query_string[:_QUERY_CUT] or body[:_BODY_CUT],
            error if error is None or len(error[1]) <= _TEXT_CUT else (error[0], error[1][:_TEXT_CUT]),
            policy,
            trace[:_TEXT_CUT] or None if trace is not None else None,
            request.fault,
            request.messages,
        )
        received = len(body)
        if not received and "content-length" in headers:
            received = _length(headers["content-length"])
        if response is None:
            status, sent = CLIENT_CLOSED, 0
        else:
            status = response.status
            content = response.body
            sent = len(content) if isinstance(content, bytes) else _length_of(response)
        _NUMBERS.pack_into(self._numbers, place * _NUMBERS.size, began, seconds, received, sent, status)
        return True

    def _kept(self, text: str) -> str:
        """`text` itself, or the equal one that other entries have."""
        kept = self._texts.get(text)
        if kept is None:
            if len(self._texts) >= _KNOWN_TEXTS:
                self._texts.clear()
            self._texts[text] = kept = text
        return kept

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """What is kept, the newest first, of the requests with a number above `after` (the first one's is 1)."""
        for number in range(self._count, max(after, self._count - self._size), -1):
            yield self._entry(number)

    def newest(self) -> Entry:
        """The entry that was noted last."""
        return self._entry(self._count)

    def _entry(self, number: int) -> Entry:
        place = (number - 1) % self._size
        row = self._rows[place]
        assert row is not None
        began, seconds, received, sent, status = _NUMBERS.unpack_from(self._numbers, place * _NUMBERS.size)
        request_id, operation, key, account, region, agent, resource, parameters = row[:8]
        error, policy, trace, fault, messages = row[8:]
        return {
            "number": number,
            "time": round(began, 6),
            "id": request_id,
            "service": self._service,
            "operation": operation or None,
            "account": account,
            "access_key": key,
            "region": region,
            "user_agent": agent or None,
            "resource": resource or None,
            "parameters": _in_short(parameters),
            "status": status,
            "error": None if error is None else {"code": error[0], "message": error[1]},
            "policy": policy,
            "duration_ms": round(seconds * 1e3, 3),
            "received": received,
            "sent": sent,
            "trace": trace,
            "fault": fault,
            "messages": [line.split() for line in messages.splitlines()],
        }


def _in_short(kept: str | bytes) -> str:
    """Parameters for a person: of forms and queries those that are the operation's own, of documents the beginning."""
    text = kept if isinstance(kept, str) else kept.decode("utf-8", "ignore")
    cut = len(kept) >= (_QUERY_CUT if isinstance(kept, str) else _BODY_CUT)
    if not text.lstrip().startswith(("{", "<")):
        pairs = parse_qsl(text, keep_blank_values=True, errors="replace")
        told = [(name, value) for name, value in pairs if not _is_untold(name.lower())]
        text = " ".join(f"{name}={value}" if value else name for name, value in told)
    return text + "..." if cut and text else text


def _is_untold(name: str) -> bool:
    return name in _UNTOLD or name.startswith("x-amz-")


def _length(text: str | None) -> int:
    return int(text) if text is not None and text.isdecimal() and len(text) < 19 else 0


def _length_of(response: HttpResponse) -> int:
    return next((_length(value) for name, value in response.headers if name.lower() == "content-length"), 0)
