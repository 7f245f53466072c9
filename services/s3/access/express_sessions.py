"""Sessions of directory buckets: credentials for five minutes, for one bucket, to read or also to write.

In: who asks, a bucket and a mode. Out: `Credentials`, whose token says all of it, so that nothing is kept.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-create-session.html
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from awskit.access.identities import Identity
from awskit.access.sessions import Session
from awskit.resources.arns import global_arn
from awskit.sigv4.session_keys import new_session_key_id
from services.s3.runtime import S3Context

SECONDS = 300
"""How long a session lasts."""


def new_session(context: S3Context, arns: Sequence[str], mode: str) -> dict[str, Any]:
    """The credentials of a new session of the caller's; `mode` is ReadOnly or ReadWrite.

    `arns` are those of the bucket and, where it comes by one, of the access point.
    """
    sessions = context.runtime.identities.access.identities.sessions
    now = float(int(context.runtime.clock.source_now))
    session = _session(context, context.identity, _scope(arns, mode), now)
    return sessions.credentials_of(session)


def _session(context: S3Context, identity: Identity | None, scope: str, now: float) -> Session:
    key = new_session_key_id(context.account_id)
    if identity is None:
        arn = global_arn("iam", context.region, context.account_id, "root")
        account = context.account_id
        return Session(key, account, arn, account, "root", "", now, now + SECONDS, scopes=(scope,))
    is_role = identity.kind == "role"
    return Session(
        key,
        identity.account_id,
        identity.arn,
        identity.user_id,
        "root" if identity.kind == "service" else identity.kind,
        (identity.role_arn or "") if is_role else _long_lived(context, identity),
        now,
        now + SECONDS,
        tuple(policy.document.text for policy in identity.session_policies or ()),
        (*(policy.document.text for policy in identity.scopes), scope),
    )


def _long_lived(context: S3Context, identity: Identity) -> str:
    """The key whose permissions a user's or root's credentials have: their own, or that of which they are a session."""
    if identity.session_token is None:
        return identity.access_key_id
    return context.runtime.identities.access.identities.sessions.open(identity.session_token).of


def _scope(arns: Sequence[str], mode: str) -> str:
    """What bounds the session: its bucket, and its mode. SDKs sign with it whatever they ask of that bucket."""
    session: dict[str, Any] = {"Effect": "Allow", "Action": "s3express:CreateSession", "Resource": list(arns)}
    if mode == "ReadOnly":
        session["Condition"] = {"StringEquals": {"s3express:SessionMode": "ReadOnly"}}
    others = {"Effect": "Allow", "NotAction": "s3express:CreateSession", "Resource": list(arns)}
    return json.dumps({"Version": "2012-10-17", "Statement": [session, others]})
