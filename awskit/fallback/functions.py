"""A Lambda function called as SNS and S3 do it: asynchronously.

In: the function's ARN, the event. Out: the emulator's `Answer`; its success means that the event is in Lambda's hands.
Raised: OSError. An emulator that only knows how to wait for a function (`sam local start-lambda`) is asked to: then the
function's own failure is the answer, 500 with the code `FunctionError`.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
"""

from __future__ import annotations

import re
from urllib.parse import quote

from awskit.fallback.calls import Answer, FallbackCalls, Owner

SERVICE = "lambda"

_ARN = re.compile(
    r"arn:[a-z-]+:lambda:([a-z0-9-]+):(\d{12}):function:([A-Za-z0-9_-]+)(?::([A-Za-z0-9$_-]+))?"
).fullmatch
_UNSUPPORTED = frozenset({405, 501})
FUNCTION_ERROR = "FunctionError"
_RETRIES = (60.0, 120.0)


class NoFunction(ValueError):
    """An ARN that is none of a function's."""


async def invoke(calls: FallbackCalls, arn: str, event: bytes, trace: str = "") -> Answer:
    """Hand the event over."""
    answer = await _invoke(calls, arn, event, "Event", trace)
    if answer.status not in _UNSUPPORTED:
        return answer
    waited = await _invoke(calls, arn, event, "RequestResponse", trace)
    if waited.succeeded and waited.function_error:
        return Answer(500, FUNCTION_ERROR, waited.text, waited.body, waited.function_error)
    return waited


def retry_delay(attempts: int) -> float | None:
    """Seconds after which a function that has failed itself is called again, after so many tries; None: not again."""
    return _RETRIES[attempts] if attempts < len(_RETRIES) else None


async def is_known(calls: FallbackCalls, arn: str) -> bool:
    """Whether the function may be called; where the emulator cannot say it is taken to. Raises OSError."""
    answer = await _invoke(calls, arn, b"{}", "DryRun", "")
    return answer.code != "ResourceNotFoundException"


async def _invoke(calls: FallbackCalls, arn: str, event: bytes, kind: str, trace: str) -> Answer:
    parts = _ARN(arn)
    if parts is None:
        raise NoFunction(arn)
    region, account_id, name, qualifier = parts.groups()
    target = f"/2015-03-31/functions/{quote(name, safe='')}/invocations"
    if qualifier:
        target += f"?Qualifier={quote(qualifier, safe='')}"
    headers = {"content-type": "application/json", "x-amz-invocation-type": kind}
    if trace:
        headers["x-amzn-trace-id"] = trace
    return await calls.call(SERVICE, Owner(account_id, region), target, headers, event)
