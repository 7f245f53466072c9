"""A local certificate authority, and the certificates that it gives this process for the names that it is called by.

The authority is made at first use and kept in a folder: `authority.pem` is what clients are to trust, `authority.key`
is for nobody else to read. A certificate is for the name that the client asks for (SNI), so that it fits buckets' host
names and a container's name, too, as far as such a host is accepted; without one, for this machine and the address that
was called. Certificates are kept in memory alone: none outlives the process, so none expires.
"""

from __future__ import annotations

import logging
import os
import socket
import ssl
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from awskit.http.browsers import LOCAL_DOMAINS
from gateway.tls.certificates import certificate_of, issue, make_authority

_CERTIFICATE = "authority.pem"
_KEY = "authority.key"
_MOST_CONTEXTS = 16

_log = logging.getLogger("ruststack.http")


def certificate_file(folder: Path) -> Path:
    """The file that clients are to trust."""
    return folder / _CERTIFICATE


class Authority:
    """See the module; the contexts that `awskit.http.tls` wants."""

    def __init__(self, folder: Path | None, accepts: Callable[[str], bool]) -> None:
        """`folder` is where the authority is kept, None for one that is gone with the process.

        `accepts` says for which host names certificates are made.
        """
        self._folder = folder
        self._accepts = accepts
        self._pem = b""
        self._making = threading.Lock()
        self._contexts: dict[tuple[str, ...], ssl.SSLContext] = {}

    def certificate(self) -> bytes:
        """The authority's own certificate (PEM). Slow the first time. Raises OSError."""
        return certificate_of(self._opened())

    def known(self, address: str | None, name: str | None) -> ssl.SSLContext | None:
        """The context for clients that have called `address` and ask for `name`, where it has been made before."""
        return self._contexts.get(self._names(address, name))

    def make(self, address: str | None, name: str | None) -> ssl.SSLContext:
        """The context. Slow. Raises OSError, `ssl.SSLError`."""
        names = self._names(address, name)
        with self._making:  # one at a time, whatever is asked for
            context = self._contexts.get(names)
            if context is None:
                context = _context_of(issue(self._opened(), names))
                if len(self._contexts) >= _MOST_CONTEXTS:
                    self._contexts.clear()
                self._contexts[names] = context
        return context

    def _names(self, address: str | None, name: str | None) -> tuple[str, ...]:
        if name is not None and name != "localhost" and self._accepts(name):
            return _names_for(name.lower())
        return _usual_names(address)

    def _opened(self) -> bytes:
        if not self._pem:
            self._pem = self._kept()
        return self._pem

    def _kept(self) -> bytes:
        """The authority's key and certificate."""
        if self._folder is None:
            return make_authority()
        try:
            return ensure(self._folder)
        except OSError as error:
            _log.warning("the authority for https cannot be kept in %s: %s", self._folder, error)
            return make_authority()


def ensure(folder: Path) -> bytes:
    """Make the authority in `folder` where there is none; its key and certificate (PEM). Raises OSError."""
    key = folder / _KEY
    if not key.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_once(key, make_authority(), 0o600)
    pem = key.read_bytes()
    if not certificate_file(folder).exists():
        _write_once(certificate_file(folder), certificate_of(pem), 0o644)
    return pem


def _write_once(path: Path, content: bytes, mode: int) -> None:
    """Write a file that is there whole or not at all; of several processes the first one's stays."""
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(name).chmod(mode)
        os.link(name, path)
    except FileExistsError:
        pass
    finally:
        Path(name).unlink()


def _usual_names(address: str | None) -> tuple[str, ...]:
    own = [address.partition("%")[0].removeprefix("::ffff:")] if address else []
    local = [name for domain in LOCAL_DOMAINS for name in (domain, f"*.{domain}")]
    return tuple(dict.fromkeys([*local, socket.gethostname(), "127.0.0.1", "::1", *own]))


def _names_for(name: str) -> tuple[str, ...]:
    """One certificate for all buckets, or all services, below one of the usual domains."""
    parent = name.partition(".")[2]
    if parent.endswith(LOCAL_DOMAINS) and "." in parent:  # no client takes `*.localhost`
        return (parent, f"*.{parent}")
    return (name,)


def _context_of(pem: bytes) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    with tempfile.NamedTemporaryFile(prefix="ruststack-", suffix=".pem") as file:  # readable by this user alone
        file.write(pem)
        file.flush()
        context.load_cert_chain(file.name)
    return context
