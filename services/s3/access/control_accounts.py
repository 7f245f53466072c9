"""The account that a request to S3 Control names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.s3.errors import access_denied
from services.s3.runtime import S3Context


def account_of(context: S3Context, input: Mapping[str, Any]) -> str:
    """The account that a request names: its settings are its own. Raises `AccessDenied`."""
    account = str(input["AccountId"])
    if account != context.account_id and context.access_key_id is not None and context.verdict is None:
        raise access_denied()
    return account
