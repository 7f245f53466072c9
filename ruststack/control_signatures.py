"""The signature of the commands' requests to a fleet, which asks for one where `RUSTSTACK_AUTH` says so.

In: a request, and an environment with the usual `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, of a session,
`AWS_SESSION_TOKEN`. Out: its headers, signed where there are credentials. Bodies are signed unseen.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

_SCOPE = "ruststack"
_DEFAULT_REGION = "us-east-1"


def control_headers(method: str, target: str, host: str, environ: Mapping[str, str]) -> dict[str, str]:
    """See the module. `target` is a path with its query, `host` what the request's `Host` says."""
    key, secret = environ.get("AWS_ACCESS_KEY_ID"), environ.get("AWS_SECRET_ACCESS_KEY")
    if not key or not secret:
        return {"host": host}
    from awskit.sigv4.signing import SigningKey, sign

    headers = {"host": host}
    token = environ.get("AWS_SESSION_TOKEN")
    if token:
        headers["x-amz-security-token"] = token
    region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or _DEFAULT_REGION
    return sign(SigningKey(key, secret), (region, _SCOPE), method, target, headers, time.time())
