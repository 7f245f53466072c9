"""What the scenario's steps share: the clients, the names of one run, and how a step that has held is told."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import boto3
from botocore.exceptions import ClientError

PREFIX = sys.argv[1] if len(sys.argv) > 1 else "scenario"


def step(function: Callable[..., None]) -> Callable[..., None]:
    """`s3_put_get` prints `s3.put_get` once it has returned."""
    name = function.__name__.replace("_", ".", 1)

    def run(*arguments: Any) -> None:
        function(*arguments)
        print(name, flush=True)

    return run


ASYNCHRONOUS = "aioboto3" in sys.argv


def client(service: str, **given: Any) -> Any:
    return (import_module("aio") if ASYNCHRONOUS else boto3).client(service, **given)


def resource(service: str) -> Any:
    return (import_module("aio") if ASYNCHRONOUS else boto3).resource(service)


@contextmanager
def raises(error: type[ClientError], code: str | None = None, status: int | None = None) -> Iterator[list[ClientError]]:
    """As `pytest.raises`; the exception's answer must carry `code` and `status`."""
    caught: list[ClientError] = []
    try:
        yield caught
    except error as found:
        answer: Any = found.response
        assert code in (None, answer["Error"]["Code"]), found
        assert status in (None, answer["ResponseMetadata"]["HTTPStatusCode"]), found
        caught.append(found)
    else:
        raise AssertionError(f"no {error.__name__}")
