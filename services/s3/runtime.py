"""What every S3 operation may reach through its context."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from awskit.clock import Clock
from awskit.database import Database
from awskit.fallback.calls import FallbackCalls
from awskit.http_client import Response
from awskit.outbox import Outbox
from awskit.service.context import RequestContext
from awskit.sinks.store import SinkStore
from services.s3.bodies.blobs import BlobStore
from services.s3.ownership.canonical_ids import ANONYMOUS, canonical_id
from services.s3.ownership.identities import Identities, SeenSigners
from services.s3.settings import S3Settings

SendToDestination: TypeAlias = Callable[[str, bytes], Awaitable[Response]]
"""Sends one message to a queue or topic, by its ARN. OSError, TimeoutError where its service is not there."""


@dataclass(frozen=True)
class S3Runtime:
    """The service's parts, put together in `app.py`."""

    settings: S3Settings
    clock: Clock
    database: Database
    blobs: BlobStore
    identities: Identities
    signers: SeenSigners
    outbox: Outbox
    send_to_destination: SendToDestination
    calls: FallbackCalls
    sinks: SinkStore


S3Context: TypeAlias = RequestContext[S3Runtime]


def caller_id(context: S3Context) -> str:
    """The caller's canonical user id. Where nothing is enforced, an anonymous caller is the default account."""
    if context.access_key_id is None and context.runtime.identities.enforced:
        return ANONYMOUS
    return canonical_id(context.account_id)
