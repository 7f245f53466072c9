"""aioboto3 behind the calls of boto3, so that one scenario shows both: calls are run to their end, one by one."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import aioboto3

_session = aioboto3.Session()
_loop = asyncio.new_event_loop()


def client(service: str, **given: Any) -> Any:
    return Waited(_loop.run_until_complete(_session.client(service, **given).__aenter__()))


def resource(service: str) -> Any:
    return Waited(_loop.run_until_complete(_session.resource(service).__aenter__()))


class Waited:
    """An object of aioboto3's, whose coroutines are waited for and whose asynchronous iterations become plain ones."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        return found if name == "exceptions" or not callable(found) else _waited_call(found)

    def __iter__(self) -> Iterator[Any]:
        async def all_pages() -> list[Any]:
            return [page async for page in self._inner]

        return iter(_loop.run_until_complete(all_pages()))


def _waited_call(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*arguments: Any, **given: Any) -> Any:
        answer = function(*arguments, **given)
        if inspect.isawaitable(answer):
            answer = _loop.run_until_complete(answer)
        if isinstance(answer, dict):
            if "Body" in answer:
                answer["Body"] = Waited(answer["Body"])
            return answer
        return answer if answer is None or isinstance(answer, str | bytes) else Waited(answer)

    return call
