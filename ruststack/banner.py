"""What a fleet says of itself once it is ready: where it listens, where its data is, and lines to paste."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from awskit import __version__

_ANY_CREDENTIALS = "000000000000, region us-east-1; any credentials do"
_KEYS = frozenset({"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"})
_BOLD, _DIM, _GREEN, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[0m"


def starting(data_dir: Path | None) -> str:
    """The first line, which comes before anything is written anywhere."""
    return f"RustStack {__version__} starts; {_kept(data_dir)}"


def ready(
    endpoint: str,
    data_dir: Path | None,
    services: tuple[str, ...],
    *,
    colours: bool,
    auth: str = "off",
    console: bool = False,
) -> str:
    """The text, without the line `Ready.` that ends it. `auth` is `RUSTSTACK_AUTH`'s mode; `console`: there is one."""
    bold, dim, green, plain = (_BOLD, _DIM, _GREEN, _PLAIN) if colours else ("", "", "", "")
    facts = {
        "endpoint": f"{bold}{green}{endpoint}{plain}  {dim}(https:// as well){plain}",
        **({"console": f"{endpoint}/  {dim}(in a browser){plain}"} if console else {}),
        "services": ", ".join(services) or "none",
        "data": str(data_dir.absolute()) if data_dir is not None else "nothing is kept",
        "account": _ANY_CREDENTIALS if auth == "off" else f"those of RUSTSTACK_CREDENTIALS (RUSTSTACK_AUTH={auth})",
    }
    lines = [f"  {name:<9} {value}" for name, value in facts.items()]
    pasted = "\n".join(f"    {line}" for line in first_lines(endpoint, with_keys=auth == "off"))
    return f"{bold}RustStack {__version__}{plain}\n" + "\n".join(lines) + f"\n\n{pasted}\n"


def first_lines(endpoint: str, *, with_keys: bool = True) -> tuple[str, ...]:
    """Three lines that work when they are pasted into a shell that has the AWS CLI, and keys where any do not do."""
    variables = client_environment(endpoint)
    given = " ".join(f"{name}={value}" for name, value in variables.items() if with_keys or name not in _KEYS)
    read = f"curl {path_style(endpoint)}/first-bucket/key" if with_keys else "aws s3 cp s3://first-bucket/key -"
    return (
        f"export {given}",
        "aws s3 mb s3://first-bucket",
        f"echo hello | aws s3 cp - s3://first-bucket/key && {read}",
    )


def client_environment(endpoint: str, account: str = "test", region: str = "us-east-1") -> dict[str, str]:
    """The variables by which SDKs and the AWS CLI find the fleet."""
    return {
        "AWS_ENDPOINT_URL": path_style(endpoint),
        "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
    }


def path_style(endpoint: str) -> str:
    """`endpoint` by address: with `localhost` the SDK for JavaScript asks for the host `bucket.localhost`."""
    return endpoint.replace("//localhost:", "//127.0.0.1:")


def wants_colours(environ: Mapping[str, str]) -> bool:
    """Whether stdout is a terminal whose user has not asked for none. https://no-color.org"""
    return not environ.get("NO_COLOR") and environ.get("TERM") != "dumb" and os.isatty(sys.stdout.fileno())


def _kept(data_dir: Path | None) -> str:
    return f"its data is in {data_dir.absolute()}" if data_dir is not None else "nothing is kept"
