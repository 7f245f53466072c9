"""`slim_image.py FOLDER [SERVICE ...]`: takes from site-packages what a container of RustStack's never reads.

- The AWS CLI's and boto3's models of services but those named (all are kept where none is named), their examples; what
  is left is compressed, as botocore reads it. The CLI does not start without its services: they stay, without commands.
- What follows the last loadable segment of compiled modules: symbols and debugging sections, which nothing at run time
  reads. https://man7.org/linux/man-pages/man5/elf.5.html
- The byte code of what seldom runs.
- The parts of packages that `_UNUSED` lists, their own tests among them, sources for compilers, and installers' lists
  of files.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

_TESTED = ("alembic", "certifi", "colorama", "mako", "sqlalchemy")
# What nothing here imports: tests, SQLAlchemy's ORM and other databases, pydantic's first version, what docutils writes
# but manual pages, which are the CLI's help, and what cffi compiles with.
_UNUSED = (
    *(f"{package}/{name}" for package in _TESTED for name in ("tests", "testing")),
    "sqlalchemy/orm",
    *(f"sqlalchemy/ext/{name}" for name in ("asyncio", "declarative", "mypy")),
    "sqlalchemy/dialects/mssql",
    "sqlalchemy/dialects/mysql",
    "sqlalchemy/dialects/oracle",
    "docutils/writers/odf_odt",
    "docutils/writers/latex2e",
    "docutils/writers/s5_html",
    "docutils/writers/pep_html",
    "docutils/writers/xetex",
    "docutils/utils/math",
    "pycparser",
    "pydantic/v1",
)
# Of what Pygments can colour, `rich` shows traces of Python.
_LEXERS = frozenset({"__init__", "_mapping", "python"})
# Byte code of what seldom runs: an upgrade of the databases, the CLI's help, the colours of a trace.
_SELDOM_RUN = ("alembic", "docutils", "mako", "pygments")
_SOURCES = frozenset({".c", ".h", ".pxd", ".pyi", ".pyx"})
_LOADABLE = 1


def main(folder: Path, services: frozenset[str]) -> None:
    """Do all of it, and say how much smaller the folder is."""
    before = _size(folder)
    for package in ("boto3", "botocore"):
        slim_models(folder / package / "data", services)
    slim_models(folder / "awscli" / "botocore" / "data", services, leaves_names=True)
    for name in _UNUSED:
        shutil.rmtree(folder / name, ignore_errors=True)
    for lexer in (folder / "pygments" / "lexers").rglob("*.py*"):
        if lexer.name.partition(".")[0] not in _LEXERS:
            lexer.unlink()
    for path in list(folder.rglob("*")):
        if path.suffix in _SOURCES or path.name == "RECORD":
            path.unlink()
    for compiled in (path for name in _SELDOM_RUN for path in (folder / name).rglob("*.pyc")):
        compiled.unlink()
    for library in folder.rglob("*.so*"):
        strip(library)
    print(f"{folder}: {before >> 20} MB before, {_size(folder) >> 20} MB after")  # noqa: T201


def slim_models(data: Path, services: frozenset[str], *, leaves_names: bool = False) -> None:
    """Leave the models of `services`, or of all where there is none, without examples and compressed.

    Of others nothing is left, or what says that there is such a service.
    """
    for path in list(data.iterdir()):
        if path.is_dir() and services and path.name not in services:
            _take_operations(path) if leaves_names else shutil.rmtree(path)
    for path in list(data.rglob("*.json*")):
        if path.name.startswith("examples-"):
            path.unlink()
        elif path.suffix == ".json":
            _compress(path, path.read_bytes())


def _take_operations(service: Path) -> None:
    for path in list(service.rglob("*.json*")):
        if path.name in ("service-2.json", "service-2.json.gz"):
            content = path.read_bytes()
            model = json.loads(gzip.decompress(content) if path.suffix == ".gz" else content)
            _compress(path, json.dumps({"metadata": model["metadata"], "operations": {}, "shapes": {}}).encode())
        else:
            path.unlink()


def _compress(path: Path, content: bytes) -> None:
    path.unlink()
    with gzip.GzipFile(path.parent / f"{path.name.removesuffix('.gz')}.gz", "wb", mtime=0) as compressed:
        compressed.write(content)


def strip(library: Path) -> None:
    """Cut an ELF file after its last loadable segment. Others are left as they are."""
    content = library.read_bytes()
    end = max(_segment_ends(content), default=0)
    if 0 < end < len(content):
        # The section headers are among what goes: there are none then.
        os.truncate(library, end)
        with library.open("r+b") as file:
            file.seek(40)
            file.write(bytes(8))
            file.seek(58)
            file.write(bytes(6))


def _segment_ends(content: bytes) -> Iterator[int]:
    """Where the parts that are loaded, or that the loader reads, end in the file: of 64-bit little-endian ones."""
    if content[:6] != b"\x7fELF\x02\x01":
        return
    table, header_size = struct.unpack_from("<Q", content, 32)[0], struct.unpack_from("<H", content, 52)[0]
    entry_size, count = struct.unpack_from("<HH", content, 54)
    yield max(header_size, table + entry_size * count)
    for number in range(count):
        kind, _, offset, _, _, size = struct.unpack_from("<IIQQQQ", content, table + entry_size * number)
        if kind == _LOADABLE:
            yield offset + size


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


if __name__ == "__main__":
    main(Path(sys.argv[1]), frozenset(sys.argv[2:]))
