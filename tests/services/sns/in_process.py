"""SNS in this process, called without a server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

from awskit.clock import ManualClock
from awskit.service.application import Application
from services.sns.app import create_service
from services.sns.settings import SnsSettings

_CREDENTIAL = "Credential=test/20260101/us-east-1/sns/aws4_request"


@asynccontextmanager
async def running_in_process(settings: SnsSettings) -> AsyncIterator[InProcess]:
    """A service with these settings and a clock that stands still, started, and in the end stopped."""
    process = InProcess(settings, ManualClock())
    await process.service.start()
    try:
        yield process
    finally:
        await process.service.stop()
        process.service.runtime.database.close()


class InProcess:
    """The service's ASGI application, called without a server."""

    def __init__(self, settings: SnsSettings, clock: ManualClock) -> None:
        self.clock = clock
        self.service = create_service(settings, clock)
        self._application = Application(self.service)

    async def __call__(self, action: str, **parameters: str) -> dict[str, Any]:
        """The texts of the answer's elements, by name. AssertionError where it is no 200."""
        status, body = await self.request(action, **parameters)
        assert status == 200, body
        texts: dict[str, Any] = {}
        for element in ElementTree.fromstring(body).iter():
            texts.setdefault(element.tag.rpartition("}")[2], []).append(element.text)
        return texts

    async def request(self, action: str, **parameters: str) -> tuple[int, bytes]:
        form = urlencode({"Action": action, "Version": "2010-03-31", **parameters}).encode()
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": form, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        headers = [
            (b"host", b"localhost:4566"),
            (b"authorization", f"AWS4-HMAC-SHA256 {_CREDENTIAL}, SignedHeaders=host, Signature=0".encode()),
            (b"content-type", b"application/x-www-form-urlencoded"),
        ]
        scope = {"type": "http", "method": "POST", "raw_path": b"/", "query_string": b"", "headers": headers}
        await self._application(scope, receive, send)
        return sent[0]["status"], sent[1]["body"]
