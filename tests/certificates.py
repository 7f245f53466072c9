"""Certificates for servers of this machine that are not RustStack's, and the authority that vouches for them."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

from gateway.tls.authority import Authority, certificate_file


@dataclass(frozen=True)
class Certified:
    """`server` speaks as `localhost` and `127.0.0.1`; `authority` is the file that clients are to trust."""

    server: ssl.SSLContext
    authority: Path

    @property
    def trusting(self) -> ssl.SSLContext:
        """A client that trusts the authority, and nobody else."""
        return ssl.create_default_context(cafile=str(self.authority))


def certified(folder: Path) -> Certified:
    """A new authority, kept in the folder, and a certificate of its."""
    authority = Authority(folder, lambda name: True)
    return Certified(authority.make("127.0.0.1", None), certificate_file(folder))
