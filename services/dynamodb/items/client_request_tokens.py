"""`ClientRequestToken`: a transaction that is asked for again is not carried out again.

Raised: `IdempotentParameterMismatchException` where the token came with another request within the last 10 minutes.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-apis-txwriteitems
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Final

import orjson

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.context import RequestContext
from awskit.service.operation import Input, Output
from services.dynamodb.store import client_request_tokens as tokens

TOKEN_SECONDS: Final = 600


def once(
    context: RequestContext[Any],
    transaction: Transaction,
    input: Input,
    run: Callable[[], Output],
    repeated: Callable[[Output], Output],
) -> Output:
    """The output of `run`; where the request's token is known, `repeated` of the first output instead."""
    token = input.get("ClientRequestToken")
    if token is None:
        return run()
    place = (context.account_id, context.region, token)
    digest = hashlib.sha256(orjson.dumps(input, option=orjson.OPT_SORT_KEYS)).digest()
    known = tokens.find(transaction, place, context.now - TOKEN_SECONDS)
    if known is None:
        output = run()
        tokens.keep(transaction, place, digest, orjson.dumps(output), context.now)
        return output
    if known[0] != digest:
        raise AwsError(
            "IdempotentParameterMismatchException",
            "Specified idempotent token was used with different request parameters within the idempotency window",
        )
    return repeated(orjson.loads(known[1]))
