"""What is wrong with a case file."""

from __future__ import annotations


class FormatError(Exception):
    """A case file does not have the shape that README.md describes; the text says where and what."""
