"""The row of a body that has been received: with it the bytes belong to somebody, without it they are given back."""

from __future__ import annotations

from collections.abc import Callable

from awskit.database import Transaction
from awskit.service.operation import Output
from services.s3.bodies.body_receiver import ReceivedBody
from services.s3.runtime import S3Runtime


async def commit_body(runtime: S3Runtime, received: ReceivedBody, store: Callable[[Transaction], Output]) -> Output:
    """Run `store`, which writes the row, and commit; where that is not to be, discard the bytes.

    Whoever waits for it may be cancelled once it is committed, and then the bytes stay. Raises what `store` does.
    """
    committed = False

    def note() -> None:
        nonlocal committed
        committed = True

    def work(transaction: Transaction) -> Output:
        output = store(transaction)
        transaction.after_commit(note)
        return output

    try:
        return await runtime.database.write(work)
    except BaseException:
        if not committed:
            received.discard(runtime.blobs)
        raise
