"""The parts of a running SQS service, handed to every operation as `context.runtime`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from awskit.access.isolation import check_foreign, is_foreign
from awskit.access.refusals import SQS
from awskit.clock import Clock
from awskit.database import Database, Transaction
from awskit.service.context import RequestContext
from services.sqs.arns import QueueAddress
from services.sqs.errors import queue_does_not_exist
from services.sqs.housekeeping import Housekeeping
from services.sqs.local_state.local_state import LocalState
from services.sqs.queues.access_policies import permission, policy_of_queue
from services.sqs.queues.queue import Queue
from services.sqs.queues.queue_urls import QueueUrls, read_queue_url, region_in_host
from services.sqs.redrive.move_tasks import MoveTasks
from services.sqs.settings import SqsSettings


@dataclass(frozen=True, slots=True)
class SqsRuntime:
    """What there is once in a process."""

    settings: SqsSettings
    clock: Clock
    database: Database
    local: LocalState
    housekeeping: Housekeeping
    move_tasks: MoveTasks
    urls: QueueUrls


SqsContext: TypeAlias = RequestContext[SqsRuntime]
_Find: TypeAlias = Callable[[Transaction, QueueAddress], Queue | None]


def queue_of(context: SqsContext, transaction: Transaction, queue_url: str) -> Queue:
    """The queue of a request's `QueueUrl`. Raises `QueueDoesNotExist` and `InvalidAddress`.

    An unsigned request names no region: its queue is looked for in the others too.
    """
    return _queue_of(context, transaction, queue_url, context.runtime.local.catalog.find)


def queue_to_change(context: SqsContext, transaction: Transaction, queue_url: str) -> Queue:
    """`queue_of`, for who changes the queue itself."""
    return _queue_of(context, transaction, queue_url, context.runtime.local.catalog.find_to_change)


def queue_for_messages(context: SqsContext, transaction: Transaction, queue_url: str) -> Queue:
    """`queue_of`, for who changes what the queue holds."""
    return _queue_of(context, transaction, queue_url, context.runtime.local.catalog.find_for_messages)


def _queue_of(context: SqsContext, transaction: Transaction, queue_url: str, find: _Find) -> Queue:
    address = read_queue_url(queue_url, context.account_id, region_of(context))
    queue = find(transaction, address)
    if queue is None and context.access_key_id is None:
        elsewhere = context.runtime.local.catalog.find_in_any_region(transaction, address.account_id, address.name)
        if elsewhere is not None:
            queue = find(transaction, elsewhere.address)
    return _let_in(context, address, queue)


def foreign_queue(context: SqsContext, transaction: Transaction, address: QueueAddress) -> Queue:
    """A queue that may be of another account, which has to let the caller in. Raises `QueueDoesNotExist`, too."""
    return _let_in(context, address, context.runtime.local.catalog.find(transaction, address))


def _let_in(context: SqsContext, address: QueueAddress, queue: Queue | None) -> Queue:
    if is_foreign(context, address.account_id):
        clock = context.runtime.clock
        needed = permission(context.operation, address)
        policy = None if queue is None else policy_of_queue(queue)
        check_foreign(context, needed, SQS, policy, clock.source_now)
    if queue is None:
        raise queue_does_not_exist()
    return queue


def url_of(context: SqsContext, address: QueueAddress) -> str:
    """The URL of a queue for the client that asks."""
    return context.runtime.urls.write(context.endpoint, context.request.path, address)


def own_address(context: SqsContext, name: str) -> QueueAddress:
    """The address of the caller's queue `name`."""
    return QueueAddress(context.account_id, region_of(context), name)


def region_of(context: SqsContext) -> str:
    """The region a request is for: its signature's, or, where it has none, that of the host it calls."""
    if context.access_key_id is not None:
        return context.region
    return region_in_host(context.host) or context.region
