"""What tests of `RUSTSTACK_AUTH` share: a credentials file with two accounts, their callers, and what they are told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import httpx
import pytest
from botocore import UNSIGNED
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError

OWNER, OTHER = "111111111111", "222222222222"
_ALL = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}%s]}'
_NO = '"Action": ["s3:*", "s3express:*", "dynamodb:*", "sqs:*", "sns:*", "sts:*"], "Resource": "*"'
_DENY = f', {{"Sid": "No", "Effect": "Deny", {_NO}}}'
CREDENTIALS = f"""
[owner]
aws_access_key_id = AKIAOWNER
aws_secret_access_key = owner/secret+
aws_account_id = {OWNER}

[other]
aws_access_key_id = AKIAOTHER
aws_secret_access_key = other
aws_account_id = {OTHER}
email = other@example.com

[user]
aws_access_key_id = AKIAUSER
aws_secret_access_key = user
aws_account_id = {OWNER}
user = user

[admin]
aws_access_key_id = AKIAADMIN
aws_secret_access_key = admin
aws_account_id = {OWNER}
user = admin
policy = {_ALL % ""}

[denied]
aws_access_key_id = AKIADENIED
aws_secret_access_key = denied
aws_account_id = {OWNER}
user = denied
policy = {_ALL % _DENY}

[role deploy]
aws_account_id = {OWNER}
policy = {_ALL % ""}
trust_policy =
  {{"Statement": {{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {{"AWS": ["{OWNER}", "{OTHER}"]}}}}}}
"""


def access_environment(folder: Path, mode: str = "enforce", **further: str) -> dict[str, str]:
    """The environment of a process that asks who asks; the credentials file is put into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "credentials"
    file.write_text(CREDENTIALS)
    return {"RUSTSTACK_AUTH": mode, "RUSTSTACK_CREDENTIALS": str(file), **further}


@dataclass(frozen=True)
class Callers:
    """Clients of one service at one address."""

    url: str
    service: str

    def client(self, key: str, secret: str, token: str | None = None, **config: Any) -> Any:
        """A client that does not look into what it sends."""
        return _client(self.service, self.url, key, secret, token, tuple(config.items()))

    def named(self, name: str) -> Any:
        """`owner`, `other`, `user` (who has no policy), `admin`, `denied`."""
        return self.client(f"AKIA{name.upper()}", "owner/secret+" if name == "owner" else name)

    @property
    def anonymous(self) -> Any:
        return self.client("x", "x", signature_version=UNSIGNED)


@cache
def _client(
    service: str, url: str, key: str, secret: str, token: str | None, config: tuple[tuple[str, Any], ...]
) -> Any:
    plain = {"addressing_style": "path"} if service == "s3" else None
    basic = Config(retries={"total_max_attempts": 1}, parameter_validation=False, s3=plain, inject_host_prefix=False)
    session = boto3.session.Session(key, secret, token, "us-east-1")
    if service == "s3control":
        url = url.replace("127.0.0.1", "localhost")
    client = session.client(service, endpoint_url=url, config=basic.merge(Config(**dict(config))))
    if service == "s3control":
        client.meta.events.register("before-send.s3-control", _send_to_localhost)
    return client


def _send_to_localhost(request: Any, **_: Any) -> AWSResponse:
    """S3 Control's clients put the account before the host's name, which is this machine for resolvers, but not all."""
    parts = urlsplit(request.url)
    given = {name.lower(): value for name, value in request.headers.items()}
    headers = {name: value.decode() if isinstance(value, bytes) else value for name, value in given.items()}
    url = request.url.replace(parts.netloc, f"127.0.0.1:{parts.port}", 1)
    answer = httpx.request(request.method, url, headers={**headers, "host": parts.netloc}, content=request.body)
    return AWSResponse(request.url, answer.status_code, answer.headers, _Raw(answer.content))


class _Raw:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._content


def error_of(call: Callable[..., Any], **given: Any) -> tuple[int, str, str]:
    """Status, code and message of the error that `call` ends with."""
    with pytest.raises(ClientError) as caught:
        call(**given)
    response = caught.value.response
    error = response["Error"]
    return response["ResponseMetadata"]["HTTPStatusCode"], error["Code"], error["Message"]


def refusal(call: Callable[..., Any], **given: Any) -> tuple[int, str]:
    """Status and code of the error that `call` ends with."""
    return error_of(call, **given)[:2]
