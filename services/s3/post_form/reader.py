"""A form's fields, then its file as a stream: in constant memory, whatever the file's size.

In: the body as it arrives and its Content-Type. Out: `fields` (names in lower case) up to the file, the file's name,
and its bytes. What follows the file is ignored, as on AWS. Raised: `MalformedPOSTRequest`,
`MaxPostPreDataLengthExceeded`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterable, AsyncIterator
from typing import TYPE_CHECKING

from awskit.errors import AwsError
from services.s3.errors import invalid_argument

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartParser

_FIELDS_LIMIT = 20 * 1024
_FILE = "file"
_LONGEST_BOUNDARY = 256  # of the parser; RFC 2046 allows 70


class FormReader:
    """Reads one form. `read_fields` first, then `file` once."""

    def __init__(self, source: AsyncIterable[bytes], content_type: str) -> None:
        from python_multipart.multipart import MultipartParser, parse_options_header

        _, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if not boundary or len(boundary) > _LONGEST_BOUNDARY:
            raise _malformed()
        self.fields: dict[str, str] = {}
        self.filename: str | None = None
        self._source = source.__aiter__()
        self._chunks: deque[bytes] = deque()
        self._size = 0
        self._in_file = self._file_ended = False
        self._header = self._value = b""
        self._part: dict[str, bytes] = {}
        self._name = ""
        self._data = bytearray()
        self._parser: MultipartParser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin_part,
                "on_header_field": self._header_field,
                "on_header_value": self._header_value,
                "on_header_end": self._end_header,
                "on_headers_finished": self._end_headers,
                "on_part_data": self._part_data,
                "on_part_end": self._end_part,
            },
        )

    async def read_fields(self) -> None:
        """Read up to the file's first byte."""
        while not self._in_file:
            await self._feed()

    async def file(self) -> AsyncIterator[bytes]:
        """The file's bytes as they arrive."""
        while True:
            while self._chunks:
                yield self._chunks.popleft()
            if self._file_ended:
                break
            await self._feed()
        async for _ in self._source:
            pass

    async def _feed(self) -> None:
        from python_multipart.exceptions import MultipartParseError

        try:
            data = await anext(self._source)
        except StopAsyncIteration:
            if self._in_file:
                raise AwsError("IncompleteBody", "The request body terminated unexpectedly") from None
            raise invalid_argument("POST requires exactly one file upload per request.", "file", "0") from None
        try:
            self._parser.write(data)
        except MultipartParseError:
            raise _malformed() from None

    def _begin_part(self) -> None:
        self._part = {}
        self._data = bytearray()

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        self._part[self._header.decode("latin-1").lower()] = self._value
        self._header = self._value = b""

    def _end_headers(self) -> None:
        from python_multipart.multipart import parse_options_header

        _, options = parse_options_header(self._part.get("content-disposition", b""))
        self._name = options.get(b"name", b"").decode("utf-8", "replace").lower()
        if self._name == _FILE and not self._in_file:
            if b"filename" in options:
                self.filename = options[b"filename"].decode("utf-8", "replace")
            self._in_file = True

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if self._file_ended:
            return
        if self._in_file:
            self._chunks.append(data[start:end])
            return
        self._size += end - start
        if self._size > _FIELDS_LIMIT:
            raise AwsError(
                "MaxPostPreDataLengthExceeded",
                "Your POST request fields preceding the upload file were too large.",
            )
        self._data += data[start:end]

    def _end_part(self) -> None:
        if self._in_file:
            self._file_ended = True
            return
        self.fields.setdefault(self._name, self._data.decode("utf-8", "replace"))


def _malformed() -> AwsError:
    return AwsError("MalformedPOSTRequest", "The body of your POST request is not well-formed multipart/form-data.")
