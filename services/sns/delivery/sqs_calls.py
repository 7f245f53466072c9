"""Calls to the SQS service: entries for any queues, handed over by one `deliveries` request.

In: queue ARNs and entries as `entries` keeps them. Out: those that the service refused, all others being in their
queues. Raised: `NotAnswered` where it is not known to have taken any, `NotTaken` where it cannot deal with one of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from awskit.access.fleet_calls import FleetCalls
from awskit.http_client import Connection, ConnectionLost, HttpClient
from awskit.http_client.messages import read_body
from services.sns.delivery.delivery_outcomes import Answer

_PATH = "/_aws/sqs/deliveries"
_TIMEOUT_SECONDS = 10.0
_FAILS_AT_IT = frozenset((400, 413, 500))
_NOTHING_FAILED = b'{"Failed":[]}'

Entry = tuple[str, bytes]
_Answered = tuple[int, bytes]  # status and body


class NotAnswered(Exception):
    """The service is away or cannot work: the same is to be tried again."""


class NotTaken(Exception):
    """The service fails at what it was given, or understands nothing of it: another call may get through."""


@dataclass(frozen=True, slots=True)
class Refused:
    """`by_service`: the fault is the service's own, so that another try may succeed."""

    answer: Answer
    by_service: bool


class SqsCalls:
    """See the module. `sqs_url` is where the service is."""

    def __init__(self, http_client: HttpClient, sqs_url: str, fleet: FleetCalls) -> None:
        self._sqs = http_client.upstream(sqs_url)
        self._fleet = fleet
        self.name_sources = not fleet.is_open
        """Whether entries are to say which topic they come from."""
        self._head = (
            f"POST {_PATH} HTTP/1.1\r\nhost: {self._sqs.authority}\r\n"
            "content-type: application/json\r\ncontent-length: "
        ).encode("latin-1")

    async def deliver(self, entries: Sequence[Entry]) -> Mapping[int, Refused]:
        """What was refused, by its place in `entries`. Raises NotAnswered, NotTaken."""
        listed = b",".join([b'{"QueueArn":"%b",%b' % (queue.encode(), entry) for queue, entry in entries])
        body = b'{"Entries":[%b]}' % listed
        signed = b"" if self._fleet.is_open else self._signed(body)
        request = b"%b%d\r\n%b\r\n%b" % (self._head, len(body), signed, body)
        try:
            status, answer = await self._ask_at_once(request) or await self._ask(request)
        except (OSError, TimeoutError) as error:
            raise NotAnswered(f"the SQS service does not answer: {error!r}") from error
        if status in _FAILS_AT_IT:
            raise NotTaken(f"the SQS service answered {status}")
        if status != 200:
            raise NotAnswered(f"the SQS service answered {status}")
        if answer == _NOTHING_FAILED:
            return {}
        return {int(failed["Id"]): _refused(failed) for failed in orjson.loads(answer)["Failed"]}

    def _signed(self, body: bytes) -> bytes:
        """The lines of the head that say that it is the fleet's own call."""
        headers = self._fleet.control("POST", _PATH, self._sqs.authority, body)
        lines = [f"{name}: {value}\r\n" for name, value in headers.items() if name != "host"]
        return "".join(lines).encode("latin-1")

    async def _ask_at_once(self, request: bytes) -> _Answered | None:
        """Over a connection that is idle; None where there is none, or it had been closed before the request was read.

        With a timer of its own: `asyncio.timeout` takes 5 us, and every publish waits here.
        """
        connection = self._sqs.idle()
        if connection is None:
            return None
        timer = asyncio.get_running_loop().call_later(_TIMEOUT_SECONDS, connection.close)
        try:
            connection.begin(request)
            return await _answer_of(connection)
        except ConnectionLost as lost:
            if lost.unread:
                return None
            raise
        finally:
            timer.cancel()
            connection.finish()

    async def _ask(self, request: bytes) -> _Answered:
        async with asyncio.timeout(_TIMEOUT_SECONDS):
            connection = await self._sqs.exchange(request)
            try:
                return await _answer_of(connection)
            finally:
                connection.finish()


async def _answer_of(connection: Connection) -> _Answered:
    """Raises `ConnectionLost`."""
    await connection.head()
    body = await read_body(connection)
    return connection.status, body


def _refused(failed: Mapping[str, str | bool]) -> Refused:
    text = f"{failed['Code']}: {failed['Message']}"
    return Refused(Answer(400, text), False) if failed["SenderFault"] else Refused(Answer(500, text), True)
