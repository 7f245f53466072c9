"""Whom the cases are put to: RustStack, another endpoint, or AWS; its clients, its accounts and its clock."""

from __future__ import annotations

import json
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from botocore import UNSIGNED
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.loaders import create_loader

from tests.conformance import sqs_query_model

REGION = "us-east-1"
_LONGEST_REAL_WAIT_SECONDS = 90


class NotHereError(Exception):
    """The case cannot be put to this endpoint; the text says why."""


class Target:
    """An endpoint by its URL, or AWS where there is none. Clients are made once for each way of calling."""

    def __init__(self, url: str | None = None, *, region: str = REGION) -> None:
        self.url = url.rstrip("/") if url else None
        self.region = region
        self.is_ruststack = self.url is not None and _is_ruststack(self.url)
        self._models = tempfile.TemporaryDirectory(prefix="sqs-query-")
        self._session = boto3.session.Session(botocore_session=_botocore_session(Path(self._models.name)))
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()
        self._offset = 0.0

    @property
    def is_aws(self) -> bool:
        return self.url is None

    @property
    def partition(self) -> str:
        return str(self._session.get_partition_for_region(self.region))

    def now(self) -> float:
        """The time there, in seconds since 1970: advanced where its clock was."""
        return time.time() + self._offset

    def advance(self, seconds: float) -> None:
        """Move the clock, or wait where it cannot be moved. NotHereError where that would take too long."""
        if self.is_ruststack:
            post(f"{self.url}/_ruststack/clock?advance={seconds}")
            self._offset += seconds
        elif seconds <= _LONGEST_REAL_WAIT_SECONDS:
            time.sleep(seconds)
        else:
            raise NotHereError(f"its clock cannot be moved, and the case would take {seconds:.0f} s")

    def new_account(self) -> str:
        """An account for one case: one of its own on RustStack, elsewhere that of the credentials at hand."""
        if self.is_ruststack:
            return str(uuid.uuid4().int % 10**12).zfill(12)
        if self.is_aws:
            return str(self._session.client("sts", region_name=self.region).get_caller_identity()["Account"])
        return "000000000000"

    def second_account(self) -> str:
        """A further account. NotHereError where there is but one."""
        if self.is_aws:
            raise NotHereError("it needs a second account")
        return str(uuid.uuid4().int % 10**12).zfill(12)

    def credentials(self, account: str) -> Credentials:
        """What requests of that account are signed with."""
        if self.is_aws:
            return self._session.get_credentials()
        return Credentials(account, "test")

    def client(
        self,
        service: str,
        *,
        account: str,
        region: str,
        config: dict[str, Any],
        validate: bool,
        anonymous: bool = False,
    ) -> Any:
        """A boto3 client that does not retry. `validate`: whether boto3 checks parameters before it sends them."""
        key = json.dumps([service, account, region, config, validate, anonymous], sort_keys=True)
        with self._lock:
            if key not in self._clients:
                self._clients[key] = self._make_client(service, account, region, config, validate, anonymous)
            return self._clients[key]

    def _make_client(
        self, service: str, account: str, region: str, config: dict[str, Any], validate: bool, anonymous: bool
    ) -> Any:
        given: dict[str, Any] = {"retries": {"total_max_attempts": 1}, "parameter_validation": validate, **config}
        if self.url is not None:
            given["s3"] = {"addressing_style": "path", **given.get("s3", {})}
        if anonymous:
            given["signature_version"] = UNSIGNED
        keys = {} if self.is_aws else {"aws_access_key_id": account, "aws_secret_access_key": "test"}
        return self._session.client(service, region_name=region, endpoint_url=self.url, config=Config(**given), **keys)

    def endpoint(self, service: str, region: str) -> str:
        """The URL that raw requests to a service go to."""
        if self.url is not None:
            return self.url
        account = "unused"
        return str(self.client(service, account=account, region=region, config={}, validate=True).meta.endpoint_url)

    def forget(self, account: str) -> None:
        """Remove everything of an account that only one case used, and its clients."""
        with self._lock:
            for key in [key for key in self._clients if json.loads(key)[1] == account]:
                self._clients.pop(key).close()
        if self.is_ruststack:
            post(f"{self.url}/_ruststack/reset?account={account}")

    def close(self) -> None:
        for client in self._clients.values():
            client.close()
        self._clients.clear()
        self._models.cleanup()


def post(url: str) -> bytes:
    """A POST of the control interface's."""
    with urllib.request.urlopen(urllib.request.Request(url, method="POST", data=b""), timeout=30) as answer:
        body: bytes = answer.read()
        return body


def _is_ruststack(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_ruststack/health", timeout=10) as answer:
            return "services" in json.loads(answer.read())
    except (OSError, ValueError):
        return False


def _botocore_session(folder: Path) -> botocore.session.Session:
    """A session that knows `sqs-query` too, whose model it keeps in `folder`."""
    sqs_query_model.write(create_loader(), folder)
    session = botocore.session.get_session()
    session.get_component("data_loader").search_paths.append(str(folder))
    return session
