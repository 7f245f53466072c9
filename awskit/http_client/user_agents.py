"""Names that RustStack's own clients give themselves, where somebody goes by them."""

from __future__ import annotations

CONSOLE_LOOKING = "ruststack-console (looking)"
"""The console's, where a page only looks: journals leave out what it asks, which nobody would look for there."""
