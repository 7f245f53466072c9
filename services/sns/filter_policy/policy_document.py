"""A filter policy's JSON as AWS looks into it: written again without white space, with places that errors can name.

In: the policy's source text. Out: a tree of `Node`. Raised: `FilterPolicyError` with AWS's wording and location.
"""

from __future__ import annotations

from typing import NoReturn

from services.sns.policy_json import JsonError, Node, compact, parse

MAX_QUOTED_SOURCE = 500


class FilterPolicyError(ValueError):
    """A policy that AWS would not take; the text is AWS's, without the `Invalid parameter: FilterPolicy: ` in front."""


class NestedFilterPolicyError(FilterPolicyError):
    """A nested policy over message attributes; AWS's text has no `FilterPolicy: ` in front."""


class Document:
    """One policy's source: parses it, and words errors at a place in it."""

    def __init__(self, source: str) -> None:
        """Raises FilterPolicyError where the source is not JSON."""
        try:
            self._text = compact(parse(source))
            self.root: Node = parse(self._text)
        except JsonError as error:
            raise FilterPolicyError(f"failed to parse JSON. {error}") from error

    def refuse(self, message: str, offset: int) -> NoReturn:
        """Raise `message` with the location of `offset`, as AWS's compiler of rules words it."""
        quoted = self._text[:MAX_QUOTED_SOURCE]
        more = len(self._text) - len(quoted)
        shown = f'"{quoted}"' + (f"[truncated {more} chars]" if more else "")
        raise FilterPolicyError(f"{message}\n at [Source: (String){shown}; line: 1, column: {offset + 1}]")
