"""`ruststack snapshot ...`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import IO, Annotated, Any, cast
from urllib.parse import quote

import typer

from ruststack.control_client import ControlClient
from ruststack.counting import counted
from ruststack.options import EndpointUrl
from ruststack.refusal import Refused

_PATH = "/_ruststack/snapshots"
_LONG_SECONDS = 3600.0
_COMPRESSED = (".gz", ".tgz")

Name = Annotated[str, typer.Argument(metavar="NAME", help="Letters, digits, '.', '_' and '-'.")]
Account = Annotated[str | None, typer.Option(help="Only this account (12 digits).")]
Replace = Annotated[bool, typer.Option("--replace", help="In place of one that has this name.")]

app = typer.Typer(no_args_is_help=True)


@app.callback(rich_help_panel="State")
def snapshot() -> None:
    """Keep the state of a running fleet under a name, put it back, share it as a file."""


@app.command()
def save(name: Name, account: Account = None, replace: Replace = False, endpoint_url: EndpointUrl = "") -> None:
    """Keep what is there now: objects, tables, queues, topics, where the clock is."""
    asked = {"name": name, "account": account, "replace": "1" if replace else None}
    saved = _client(endpoint_url).ask("POST", _PATH, asked, accepted=(201,))
    print(f"saved: {_line(saved)}")


@app.command()
def load(
    name: Name,
    account: Account = None,
    at_saved_time: Annotated[
        bool, typer.Option("--at-saved-time", help="Put the clock where it was, so that nothing has expired meanwhile.")
    ] = False,
    endpoint_url: EndpointUrl = "",
) -> None:
    """Put it in place of what is there now, which is gone then."""
    asked = {"account": account, "clock": "saved" if at_saved_time else None}
    loaded = _client(endpoint_url).ask("POST", f"{_PATH}/{quote(name, safe='')}/load", asked)
    # how much of the whole is the account's, nobody has counted
    part = account is not None and loaded["account"] is None
    print(f"loaded: account {account} of {loaded['name']}" if part else f"loaded: {_line(loaded)}")
    if loaded["left_alone"]:
        print(f"not in it, and left as they are: {', '.join(loaded['left_alone'])}")


@app.command("list")
def list_snapshots(endpoint_url: EndpointUrl = "") -> None:
    """Those that there are, the newest first."""
    found = _client(endpoint_url).ask("GET", _PATH)["snapshots"]
    for one in found:
        print(_line(one))
    if not found:
        typer.echo("there are no snapshots", err=True)


@app.command()
def delete(name: Name, endpoint_url: EndpointUrl = "") -> None:
    """Forget one."""
    _client(endpoint_url).ask("DELETE", f"{_PATH}/{quote(name, safe='')}")
    print(f"deleted: {name}")


@app.command("export")
def export_snapshot(
    name: Name,
    file: Annotated[str, typer.Argument(metavar="FILE", help="The file; compressed if it ends with .gz or .tgz.")],
    endpoint_url: EndpointUrl = "",
) -> None:
    """Write one into a file, for `import` elsewhere."""
    path = Path(file)
    beside = path.with_name(f"{path.name}.part")
    pieces = _client(endpoint_url).pieces(f"{_PATH}/{quote(name, safe='')}/file")
    first = next(pieces, b"")  # whatever is refused is refused before a file is made
    try:
        with _opened(beside, compressed=path.suffix in _COMPRESSED) as target:
            for piece in _with_first(first, pieces):
                target.write(piece)
        beside.replace(path)
    except OSError as error:
        raise Refused(f"{path} cannot be written: {error.strerror}") from error
    finally:
        beside.unlink(missing_ok=True)
    print(f"exported: {path}, {path.stat().st_size:,} bytes")


@app.command("import")
def import_snapshot(
    file: Annotated[str, typer.Argument(metavar="FILE", help="What `export` has written.")],
    name: Annotated[str | None, typer.Option(help="Its name here; that which it had without.")] = None,
    replace: Replace = False,
    endpoint_url: EndpointUrl = "",
) -> None:
    """Make one of a file; `load` then puts it in place."""
    path = Path(file)
    try:
        with path.open("rb") as source:
            asked = {"name": name, "replace": "1" if replace else None}
            taken = _client(endpoint_url).send(f"{_PATH}/file", asked, source, path.stat().st_size)
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}") from error
    print(f"imported: {_line(taken)}")
    if taken["left_out"]:
        print(f"left out, since they are not enabled here: {', '.join(taken['left_out'])}")


def _client(endpoint: str) -> ControlClient:
    return ControlClient(endpoint, timeout=_LONG_SECONDS)


def _opened(path: Path, *, compressed: bool) -> IO[bytes]:
    if not compressed:
        return path.open("wb")
    import gzip

    return cast(IO[bytes], gzip.open(path, "wb", compresslevel=6))


def _with_first(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _line(one: Mapping[str, Any]) -> str:
    when = datetime.fromtimestamp(one["saved_at"]).isoformat(" ", "seconds")
    held = [counted(count, what) for counts in one["services"].values() for what, count in counts.items()]
    whose = f", of account {one['account']}" if one["account"] else ""
    return f"{one['name']}  {when}, {one['size'] / 1e6:,.1f} MB{whose}: {', '.join(held) or 'nothing'}"
