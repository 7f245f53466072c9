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
from collections.abc import Callable
from pathlib import Path

from awskit.browsers import LOCAL_DOMAINS
from gateway.certificates import Issuer, new_authority

_CERTIFICATE = "authority.pem"
_KEY = "authority.key"
_MOST_CONTEXTS = 64

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
        self._issuer: Issuer | None = None
        self._contexts: dict[tuple[str, ...], ssl.SSLContext] = {}

    def certificate(self) -> bytes:
        """The authority's own certificate (PEM). Slow the first time."""
        return self._opened().certificate

    def known(self, address: str | None) -> ssl.SSLContext | None:
        """The context for clients that have called `address`, where it has been made before."""
        return self._contexts.get(_usual_names(address))

    def make(self, address: str | None) -> ssl.SSLContext:
        """The context for clients that have called `address`. Slow the first time."""
        context = self._context(_usual_names(address))
        context.sni_callback = self._choose
        return context

    def _choose(self, connection: ssl.SSLObject, name: str | None, usual: ssl.SSLContext) -> None:
        if name is not None and name != "localhost" and self._accepts(name):
            connection.context = self._context(_names_for(name.lower()))

    def _context(self, names: tuple[str, ...]) -> ssl.SSLContext:
        context = self._contexts.get(names)
        if context is None:
            if len(self._contexts) >= _MOST_CONTEXTS:
                self._contexts.clear()
            context = self._contexts[names] = _context_of(self._opened().issue(names))
        return context

    def _opened(self) -> Issuer:
        if self._issuer is None:
            self._issuer = Issuer(self._kept())
        return self._issuer

    def _kept(self) -> bytes:
        """The authority's key and certificate."""
        if self._folder is None:
            return new_authority()
        try:
            return ensure(self._folder)
        except OSError as error:
            _log.warning("the authority for https cannot be kept in %s: %s", self._folder, error.strerror)
            return new_authority()


def ensure(folder: Path) -> bytes:
    """Make the authority in `folder` where there is none; its key and certificate (PEM). Raises OSError."""
    key = folder / _KEY
    if not key.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_once(key, new_authority(), 0o600)
    pem = key.read_bytes()
    if not certificate_file(folder).exists():
        certificate = pem[pem.index(b"-----BEGIN CERTIFICATE-----") :]
        _write_once(certificate_file(folder), certificate, 0o644)
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
