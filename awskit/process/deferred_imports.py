"""Modules that libraries import at their top and seldom use, loaded when something of theirs is first asked for.

Each of our processes is to be small, and soon there: what such a module brings with it is in the way of both.
"""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType
from typing import Any


def defer(name: str) -> None:
    """Have `import name` give a module that is executed at its first attribute; nothing where it is loaded already."""
    if name in sys.modules:
        return
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        return
    module = importlib.util.module_from_spec(spec)
    module.__class__ = _Deferred
    sys.modules[name] = module
    parent, _, child = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], child, module)


class _Deferred(ModuleType):
    def __getattr__(self, name: str) -> Any:  # of a name that is not there yet
        self.__class__ = ModuleType  # type: ignore[assignment]
        spec = self.__spec__
        assert spec is not None and spec.loader is not None
        spec.loader.exec_module(self)
        return getattr(self, name)
