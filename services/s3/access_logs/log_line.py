"""A line of an access log: what a request asked and how it was answered.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html
"""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote, unquote

from awskit.sigv4.caller import caller_of
from awskit.wire.http import HttpRequest, HttpResponse
from services.s3.ownership.canonical_ids import canonical_id


def log_line(now: float, bucket: str, request: HttpRequest, response: HttpResponse, seconds: float) -> str:
    """The line, with its end, of a request answered `now` after `seconds`."""
    caller = caller_of(request)
    headers = dict(response.headers)
    _, _, raw_key = request.path.removeprefix("/").partition("/")
    key = quote(quote(unquote(raw_key))) if raw_key else "-"
    query = f"?{request.query_string}" if request.query_string else ""
    moment = datetime.fromtimestamp(now, UTC)
    size = headers.get("Content-Length") or (str(len(response.body)) if isinstance(response.body, bytes) else "-")
    milliseconds = str(int(seconds * 1000))
    kind = "OBJECT" if raw_key else "BUCKET"
    requester = canonical_id(caller.account_id) if caller.access_key_id is not None else "-"
    fields = (
        canonical_id(caller.account_id),
        bucket,
        f"[{moment:%d/%b/%Y:%H:%M:%S} +0000]",
        request.header("x-forwarded-for").partition(",")[0].strip() or "127.0.0.1",
        requester,
        headers.get("x-amz-request-id", "-"),
        f"REST.{request.method}.{kind}",
        key,
        f'"{request.method} {request.path}{query} HTTP/1.1"',
        str(response.status),
        _error_code(response),
        size if size != "0" else "-",
        "-",
        milliseconds,
        milliseconds,
        f'"{request.header("referer") or "-"}"',
        f'"{request.header("user-agent") or "-"}"',
        headers.get("x-amz-version-id", "-"),
        headers.get("x-amz-id-2", "-"),
        "SigV4" if caller.access_key_id is not None else "-",
        "-",
        "AuthHeader" if "authorization" in request.headers else "-",
        request.header("host") or "-",
        "-",
        "-" if request.via is None else request.via.point.arn,
        "-",
    )
    return " ".join(fields) + "\n"


def _error_code(response: HttpResponse) -> str:
    if response.status < 400 or not isinstance(response.body, bytes):
        return "-"
    _, found, rest = response.body.partition(b"<Code>")
    return rest.partition(b"</Code>")[0].decode("ascii", "replace") if found else "-"
