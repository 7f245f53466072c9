"""The parts of uvicorn that a server process runs, imported without the rest of it.

uvicorn's `__init__` imports its command line, and with it click, its reloaders and multiprocessing: 2.4 MB of resident
memory in each of our processes, none of which it serves. The module is kept out while the package is imported; whoever
imports `uvicorn.main` later gets it.
"""

from __future__ import annotations

import sys
from types import ModuleType

from awskit.process.deferred_imports import defer

_COMMAND_LINE = "uvicorn.main"


def _placeholder() -> ModuleType:
    module = ModuleType(_COMMAND_LINE)
    vars(module).update(Server=None, main=None, run=None)
    return module


# What uvicorn would set logging up by, if it were to: 0.6 MB.
defer("logging.config")
defer("configparser")
_kept_out = "uvicorn" not in sys.modules
if _kept_out:
    sys.modules[_COMMAND_LINE] = _placeholder()
try:
    from uvicorn.config import Config
    from uvicorn.server import Server, ServerState
finally:
    if _kept_out:
        del sys.modules[_COMMAND_LINE]

__all__ = ["Config", "Server", "ServerState"]
