"""The forms that a report's file may have.

In: rows of text, page after page. Out: pieces of the file, one behind the other. What is said of a form here holds for
CSV, compressed with GZIP; ORC and Parquet have modules of their own.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from services.s3.inventory.columns import Column, columns_of, destination_of
from services.s3.inventory.orc import OrcForm
from services.s3.inventory.parquet import ParquetForm

Rows = Sequence[Sequence[str]]


class Form(Protocol):
    """A file that comes into being. `extension` is its name's; `schema` is what the manifest says of its columns."""

    extension: str

    @property
    def schema(self) -> str: ...

    def add(self, rows: Rows) -> bytes:
        """What is to be written next, which may be nothing."""

    def end(self) -> bytes:
        """The rest."""


class CsvForm:
    """Comma-separated values, each in quotes, without a heading."""

    extension = ".csv.gz"

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = columns
        self._compressor = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)

    @property
    def schema(self) -> str:
        return ", ".join(column.name for column in self._columns)

    def add(self, rows: Rows) -> bytes:
        return self._compressor.compress("".join('"' + '","'.join(row) + '"\n' for row in rows).encode())

    def end(self) -> bytes:
        return self._compressor.flush()


def form_of(configuration: Mapping[str, Any]) -> Form:
    """A new file of the configuration's form."""
    columns = columns_of(configuration)
    match destination_of(configuration)["Format"]:
        case "ORC":
            return OrcForm(columns)
        case "Parquet":
            return ParquetForm(columns)
        case _:
            return CsvForm(columns)
