"""Imported before SQLAlchemy, which looks for installed dialects by `importlib.metadata` where it does not know one.

That module, and the parsers of mail by which it reads packages' metadata, are a megabyte and 10 ms of each process.
"""

from __future__ import annotations

from awskit.process.deferred_imports import defer

defer("importlib.metadata")
