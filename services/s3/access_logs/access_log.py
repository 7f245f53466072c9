"""Server access logging: a line for each request to a bucket that logs, delivered as objects of the target bucket.

Lines are kept in memory and delivered every few minutes of the service's clock, when the clock is moved, and when the
service stops; like S3's own, the log is delivered by best effort.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from awskit.database import Transaction
from awskit.wire.http import HttpRequest, HttpResponse
from services.s3.access_logs.log_line import log_line
from services.s3.bodies import checksums, object_checksum
from services.s3.bodies.body_claims import DEFAULT_ALGORITHM
from services.s3.objects import versions
from services.s3.ownership.canonical_ids import canonical_id
from services.s3.runtime import S3Runtime
from services.s3.store import buckets
from services.s3.store.buckets import Bucket
from services.s3.store.objects import ObjectVersion

_EVERY_SECONDS = 300.0
_POLL_SECONDS = 15.0
_MOST_LINES = 5_000
_LOOK_AGAIN_SECONDS = 60.0
_TOPIC = "logging"


class AccessLog:
    """The lines of one service that wait for delivery."""

    def __init__(self, runtime: S3Runtime) -> None:
        self._runtime = runtime
        self._log = logging.getLogger("ruststack.s3.access_log")
        self._lines: dict[str, list[str]] = {}
        self._logging: frozenset[str] | None = None
        self._looked_at = 0.0
        self._delivered_at = runtime.clock.now()
        self._moved = asyncio.Event()
        runtime.database.replicas.subscribe(_TOPIC, self._changed_elsewhere)
        self._unsubscribe: Callable[[], None] = runtime.clock.subscribe(self._moved.set)

    def forget_configurations(self) -> None:
        """A bucket's logging has changed: look again which ones log, here and at every replica."""
        self._logging = None
        self._runtime.database.replicas.tell(_TOPIC)

    def _changed_elsewhere(self, _: tuple[int, ...]) -> None:
        self._logging = None

    def may_note(self) -> bool:
        """Whether some bucket may log: `note` looks closer."""
        return self._logging is None or bool(self._logging) or self._runtime.database.engine.several_processes

    async def note(self, bucket: str, request: HttpRequest, response: HttpResponse, seconds: float) -> None:
        """Keep the line of an answered request, where its bucket logs."""
        if bucket not in await self._buckets():
            return
        lines = self._lines.setdefault(bucket, [])
        if len(lines) < _MOST_LINES:
            lines.append(log_line(self._runtime.clock.now(), bucket, request, response, seconds))

    async def run(self) -> None:
        """Deliver from time to time, until cancelled."""
        clock = self._runtime.clock
        while True:
            try:
                async with asyncio.timeout(_POLL_SECONDS):
                    await self._moved.wait()
            except TimeoutError:
                pass
            self._moved.clear()
            if abs(clock.now() - self._delivered_at) >= _EVERY_SECONDS:
                await self.deliver()

    async def stop(self) -> None:
        """Deliver what waits, at the end of the process."""
        self._unsubscribe()
        await self.deliver()

    async def deliver(self) -> None:
        """Deliver every line that waits."""
        self._delivered_at = self._runtime.clock.now()
        waiting, self._lines = self._lines, {}
        for bucket, lines in waiting.items():
            try:
                await self._runtime.database.write(
                    lambda transaction, bucket=bucket, lines=lines: self._put(transaction, bucket, lines)  # type: ignore[misc]
                )
            except Exception:
                self._log.exception("the access log of %s could not be delivered", bucket)

    async def _buckets(self) -> frozenset[str]:
        now = self._runtime.clock.now()
        stale = self._runtime.database.engine.several_processes and abs(now - self._looked_at) > _LOOK_AGAIN_SECONDS
        if self._logging is None or stale:
            found = await self._runtime.database.read(
                lambda transaction: buckets.with_configuration(transaction, "logging")
            )
            self._logging = frozenset(bucket.name for bucket in found)
            self._looked_at = now
        return self._logging

    def _put(self, transaction: Transaction, name: str, lines: list[str]) -> None:
        source = buckets.find(transaction, name)
        settings = None if source is None else buckets.configuration(transaction, source, "logging")
        target = None if settings is None else buckets.find(transaction, settings["TargetBucket"])
        if source is None or settings is None or target is None:
            return
        now = self._runtime.clock.now()
        version = _log_object(target, _key(source, settings, now), "".join(lines).encode(), now, settings)
        versions.put(transaction, self._runtime.blobs, target, version, lambda before: None)


def _key(source: Bucket, settings: Mapping[str, Any], now: float) -> str:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html#server-log-keyname-format"""
    moment = datetime.fromtimestamp(now, UTC)
    name = f"{moment:%Y-%m-%d-%H-%M-%S}-{secrets.token_hex(8).upper()}"
    prefix = str(settings["TargetPrefix"])
    if "PartitionedPrefix" in (settings.get("TargetObjectKeyFormat") or {}):
        place = f"{source.account_id}/{source.region}/{source.name}"
        return f"{prefix}{place}/{moment:%Y/%m/%d}/{name}"
    return prefix + name


def _log_object(target: Bucket, key: str, data: bytes, now: float, settings: Mapping[str, Any]) -> ObjectVersion:
    owner = canonical_id(target.account_id)
    grants = [
        {"Grantee": grant["Grantee"], "Permission": grant["Permission"]} for grant in settings.get("TargetGrants") or ()
    ]
    acl = {"Owner": owner, "Grants": grants} if grants else None
    return ObjectVersion(
        target.id,
        key.encode(),
        0,
        "",
        True,
        False,
        now,
        len(data),
        hashlib.md5(data, usedforsecurity=False).hexdigest(),
        "STANDARD",
        owner,
        object_checksum.kept(DEFAULT_ALGORITHM, checksums.of_bytes(DEFAULT_ALGORITHM, data)),
        {"ContentType": "text/plain", "ServerSideEncryption": "AES256"},
        None,
        acl,
        None,
        None,
        data,
    )
