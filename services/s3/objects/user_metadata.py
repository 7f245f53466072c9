"""User metadata beyond US-ASCII, which S3 gives back "mail-safe": as the encoded words of RFC 2047.

In: a header's value, each of its bytes a character, or a form's text. Out: the value as it is kept and given back. As
on AWS, the bytes of a header are taken for ISO 8859-1, so UTF-8 comes back encoded twice.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html#UserMetadata
"""

from __future__ import annotations

import base64
import re
import string

from services.s3.errors import invalid_argument

_WORD_LIMIT = 63
"""Characters of an encoded word's text: 75 in all, less `=?UTF-8?B?` and `?=`."""
_PLAIN = frozenset(range(0x21, 0x7F)) - frozenset(b"=?_")
# What ISO 8859-1, and so a header, cannot hold: S3 puts a space in its place.
_NOT_IN_HEADERS = re.compile(r"[^\x20-\x7e\xa0-\xff]")
# Control characters but tabs and ends of lines, and whatever is not ASCII.
_FOREIGN = re.compile(r"[^\t\n\r\x20-\x7e]")
_LINE_END = re.compile(r"[\n\r]")
# The characters of a header's name (RFC 9110, 5.6.2)
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]*")


_BASE64_WORD = re.compile(r"=\?UTF-8\?B\?([^?]*)\?=", re.IGNORECASE)
_BASE64 = {character: number for number, character in enumerate(string.ascii_letters[26:] + string.ascii_lowercase)}
_BASE64.update({character: 52 + number for number, character in enumerate(string.digits + "+/")})
_NO_DIGIT = 63


def mail_safe(value: str) -> str:
    """`value` where it is printable US-ASCII, else its encoded words, separated by spaces.

    An encoded word is read and written again, which alters one that is none: its bad bytes become U+FFFD.
    """
    foreign = len(_FOREIGN.findall(value))
    if not foreign:
        word = _BASE64_WORD.fullmatch(value) if value.startswith("=?") else None
        return _LINE_END.sub(" ", value) if word is None else _written_again(value, word[1])
    quoted = foreign < len(value) - foreign
    return " ".join(_words(value, quoted=quoted))


def check_name(name: str) -> None:
    """Raise `InvalidArgument` for metadata that no header could name, as a form or a query may bring along."""
    if _NAME.fullmatch(name) is None:
        raise invalid_argument("The name of the metadata is not that of a header.", "x-amz-meta-", name)


def header_safe(value: str) -> str:
    """`value` as a header can hold it."""
    return _NOT_IN_HEADERS.sub(" ", value)


def _written_again(word: str, text: str) -> str:
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        data = _decoded_leniently(text)
    read = data.decode("utf-8", "replace")
    return word if read.encode() == data else f"=?UTF-8?B?{base64.b64encode(read.encode()).decode()}?="


def _decoded_leniently(text: str) -> bytes:
    """Base64 as S3 reads it: four characters are three bytes whatever they are, and what is no digit is the last."""
    digits = [_BASE64.get(character, _NO_DIGIT) for character in text]
    data = bytearray()
    for start in range(0, len(digits) - 3, 4):
        number = 0
        for digit in digits[start : start + 4]:
            number = number << 6 | digit
        data += number.to_bytes(3, "big")
    return bytes(data)


def _words(text: str, *, quoted: bool) -> list[str]:
    data = text.encode()
    encoded = _quoted(data) if quoted else base64.b64encode(data).decode()
    if len(encoded) > _WORD_LIMIT and len(text) > 1:
        middle = len(text) // 2
        return _words(text[:middle], quoted=quoted) + _words(text[middle:], quoted=quoted)
    return [f"=?UTF-8?{'Q' if quoted else 'B'}?{encoded}?="]


def _quoted(data: bytes) -> str:
    return "".join("_" if byte == 0x20 else chr(byte) if byte in _PLAIN else f"={byte:02X}" for byte in data)
