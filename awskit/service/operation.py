"""How an operation is declared: one decorated function in a file of its own under `operations/`.

    @write_operation("CreateQueue")
    def create_queue(context: SqsContext, input: Input, transaction: Transaction) -> Output: ...

The decorator only marks the function; `discover` walks the package and gathers what it finds into an immutable table,
so that adding an operation edits no other file. Three kinds:

* `read_operation` and `write_operation`: a synchronous function over one database transaction, in which it may run more
  than once (a serialisation failure on PostgreSQL repeats it), so its effects are in the transaction or are put off
  with `transaction.after_commit`.
* `async_operation`: a coroutine without a transaction of its own, for what waits (long polls, body streams,
  deliveries); it opens transactions by `context.runtime.database`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType, ModuleType
from typing import Any, Literal, TypeVar

Kind = Literal["read", "write", "async"]
Input = Mapping[str, Any]
Output = dict[str, Any]
HandlerT = TypeVar("HandlerT", bound=Callable[..., Any])

_MARK = "__aws_operations__"


@dataclass(frozen=True, slots=True)
class Operation:
    """A handler and what it is registered for. `model` is the service model's name where a service has several."""

    name: str
    kind: Kind
    handler: Callable[..., Any]
    model: str | None = None


def read_operation(name: str, *, model: str | None = None) -> Callable[[HandlerT], HandlerT]:
    """Mark `handler(context, input, transaction) -> output`; the transaction only reads."""
    return _marker(name, "read", model)


def write_operation(name: str, *, model: str | None = None) -> Callable[[HandlerT], HandlerT]:
    """Mark `handler(context, input, transaction) -> output`; committed before the answer is sent."""
    return _marker(name, "write", model)


def async_operation(name: str, *, model: str | None = None) -> Callable[[HandlerT], HandlerT]:
    """Mark `async handler(context, input) -> output`."""
    return _marker(name, "async", model)


def _marker(name: str, kind: Kind, model: str | None) -> Callable[[HandlerT], HandlerT]:
    def mark(handler: HandlerT) -> HandlerT:
        marks = getattr(handler, _MARK, ())
        setattr(handler, _MARK, (*marks, Operation(name, kind, handler, model)))
        return handler

    return mark


def discover(package: ModuleType) -> Mapping[tuple[str | None, str], Operation]:
    """Every operation declared in `package` and below, by (model, name). ValueError where one is declared twice."""
    found: dict[tuple[str | None, str], Operation] = {}
    for info in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        module = importlib.import_module(info.name)
        for value in vars(module).values():
            if getattr(value, "__module__", None) != module.__name__:
                continue
            for declared in getattr(value, _MARK, ()):
                key = (declared.model, declared.name)
                if key in found:
                    raise ValueError(f"operation {declared.name} is declared twice: {info.name}")
                found[key] = declared
    return MappingProxyType(found)
