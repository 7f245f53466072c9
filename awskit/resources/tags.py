"""What a tag may be, which is the same for every service: how long, of which characters, and whose keys AWS keeps.

In: texts of clients. Out: whether they hold. Nothing is raised: how a tag is refused is each service's own to word, and
so is how many of them one resource may have, where it is not AWS's usual number.

https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
"""

from __future__ import annotations

import re

MOST_TAGS = 50
KEY_LENGTH = 128
VALUE_LENGTH = 256
"""Lengths are in characters."""

_RESERVED = "aws:"
# Letters, digits and white space of any script, and these marks.
_CHARACTERS = re.compile(r"[\w\s.:/=+@-]*")


def is_tag_key(text: str) -> bool:
    """Whether `text` has a key's length and characters. It may be reserved nevertheless."""
    return 0 < len(text) <= KEY_LENGTH and has_tag_characters(text)


def is_tag_value(text: str) -> bool:
    return len(text) <= VALUE_LENGTH and has_tag_characters(text)


def has_tag_characters(text: str) -> bool:
    """Whether `text` holds only letters, digits, white space and `. : / = + @ - _`."""
    return _CHARACTERS.fullmatch(text) is not None


def is_reserved(key: str) -> bool:
    """Whether the key is AWS's own, in whatever case it is written."""
    return key[: len(_RESERVED)].lower() == _RESERVED
