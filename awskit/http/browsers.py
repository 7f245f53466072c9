"""Which requests of browsers are let in: by the page that sends them and the host that they call.

In: the `Host`, `Origin` and `Sec-Fetch-Site` of a request. Out: why it is refused, None where it is not; and what an
answer has to say to pages that are let in. Pure.

Nothing here checks credentials by default, so that any page in the developer's browser could ask for anything: it can
send forms and simple requests anywhere, and give a name of its own the address 127.0.0.1 (DNS rebinding), after which
it is of the same origin as what answers there. So a name is accepted only where nobody but the developer says what
address it has, and a page only where it comes from this machine (or from where the settings say).

https://fetch.spec.whatwg.org/#http-cors-protocol https://www.w3.org/TR/fetch-metadata/
https://docs.localstack.cloud/aws/capabilities/config/configuration/#security
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable, Mapping
from typing import Protocol

from awskit.wire.http import HttpRequest, HttpResponse

Headers = list[tuple[str, str]]

LOCAL_DOMAINS = ("localhost", "localhost.localstack.cloud")
"""They, and every name below them, are this machine for every resolver."""

_OWN_NAMES = (*LOCAL_DOMAINS, "host.docker.internal")
_AWS_DOMAINS = (
    "amazonaws.com",
    "amazonaws.com.cn",
    "amazonaws.eu",
    "aws",
    "c2s.ic.gov",
    "sc2s.sgov.gov",
    "cloud.adc-e.uk",
    "csp.hci.ic.gov",
)
_LONGEST_HOST = 261  # a name of 255 characters and a port
_KNOWN_HOSTS = 256
_PORT = re.compile(r":\d{0,5}")
_LABEL = re.compile(r"[a-z0-9_-]{1,63}")
_IPV4 = re.compile(r"[0-9.]{1,15}")
_WEBSITE_LABEL = re.compile(r"(?:^|\.)s3-website(?:[.-]|$)")
_PAGES = frozenset({"document", "iframe", "frame", "fencedframe", "embed", "object"})
_EXPOSED = "x-amzn-RequestId,x-amzn-ErrorType,x-amz-request-id,x-amz-id-2,Date"
_MAX_AGE = "172800"
_REFUSED_SITE = "A page of another site may not send this request, nor may a link of it lead here."


class Allowed(Protocol):
    """The settings that say what else is let in (see `awskit.settings.EdgeSettings`)."""

    @property
    def accepted_hosts(self) -> tuple[str, ...]: ...
    @property
    def extra_origins(self) -> tuple[str, ...]: ...
    @property
    def every_origin(self) -> bool: ...


class Browsers:
    """See the module. `everything` lets every page and every host in."""

    def __init__(self, *, hosts: Iterable[str] = (), origins: Iterable[str] = (), everything: bool = False) -> None:
        """`hosts` are accepted beside the usual ones: `aws.test`, `*.aws.test` (a port of theirs does not matter).

        `origins` may hold one `*` each: `https://app.test`, `https://*.app.test:8443`.
        """
        wanted = [name.strip().lower() for name in hosts if name.strip()]
        names = [name if name.startswith("*.") else _name_of(name) or name for name in wanted]
        self._names = frozenset(_OWN_NAMES).union(name for name in names if not name.startswith("*."))
        below = [f".{name.removeprefix('*.')}" for name in names]
        self._below = tuple(dict.fromkeys((*(f".{name}" for name in (*LOCAL_DOMAINS, *_AWS_DOMAINS)), *below)))
        self._origins = tuple(origin.strip().rstrip("/").lower() for origin in origins if origin.strip())
        self._everything = everything
        self.known: set[str] = set()
        """Hosts that have been found to be accepted: what the quick way may go by. It does not grow without end."""

    @classmethod
    def of(cls, settings: Allowed) -> Browsers:
        """As the settings say."""
        return cls(hosts=settings.accepted_hosts, origins=settings.extra_origins, everything=settings.every_origin)

    # Requests

    def refusal(self, host: str | None, origin: str | None, site: str | None, *, harmless: bool = False) -> str | None:
        """Why such a request is not carried out; None where it is.

        `harmless` is for what changes nothing whoever asks, and may be a link's target on a page of the same site.
        """
        if host is not None and host not in self.known and not self.accepts_host(host):
            return _refused_host(host)
        if origin is not None:
            return None if self.accepts_origin(origin) else _refused_origin(origin)
        if site is None or site in ("none", "same-origin") or self._everything:
            return None
        if site == "same-site" and harmless:
            return None
        return _REFUSED_SITE

    def refused_host(self, host: str | None) -> str | None:
        """`refusal` by the host alone, for a service that decides about other origins itself."""
        if host is None or host in self.known or self.accepts_host(host):
            return None
        return _refused_host(host)

    def accepts_host(self, host: str) -> bool:
        """Whether `host`, as a Host header has it, is a name that no stranger can give an address to."""
        if self._everything or not host:
            return True
        name = _name_of(host.strip().lower())
        if name is None or not self._accepts_name(name):
            return False
        if len(self.known) < _KNOWN_HOSTS:
            self.known.add(host)
        return True

    def _accepts_name(self, name: str) -> bool:
        if name.startswith("["):
            return _is_ip(socket.AF_INET6, name.strip("[]"))
        if _IPV4.fullmatch(name) or _LABEL.fullmatch(name):
            return True
        return name in self._names or name.endswith(self._below)

    def accepts_origin(self, origin: str) -> bool:
        """Whether pages of `origin` may ask for anything: this machine's, on any port, and those of the settings."""
        if self._everything:
            return True
        wanted = origin.lower()
        if any(_matches(pattern, wanted) for pattern in self._origins):
            return True
        scheme, separator, authority = wanted.partition("://")
        name = _name_of(authority) if separator and scheme in ("http", "https") else None
        if name is None:
            return False
        if name == "[::1]" or name in LOCAL_DOMAINS or (name.startswith("127.") and _is_ip(socket.AF_INET, name)):
            return True
        # a bucket's website is on this machine too, and says whatever has been put into the bucket
        return name.endswith(tuple(f".{domain}" for domain in LOCAL_DOMAINS)) and not is_website_host(name)

    # Answers

    def preflight(self, headers: Mapping[str, str], request_id: str) -> HttpResponse:
        """The answer to an OPTIONS request that has an `Origin`, which is accepted."""
        answer = [
            ("x-amzn-RequestId", request_id),
            ("Access-Control-Allow-Origin", "*"),
            ("Access-Control-Max-Age", _MAX_AGE),
        ]
        wanted = headers.get("access-control-request-headers")
        if wanted is not None:
            answer.append(("Access-Control-Allow-Headers", wanted))
        method = headers.get("access-control-request-method")
        if method is not None:
            answer.append(("Access-Control-Allow-Methods", method))
        if headers.get("access-control-request-private-network") == "true":
            answer.append(("Access-Control-Allow-Private-Network", "true"))
        return HttpResponse(200, answer)

    def answer_headers(self) -> Headers:
        """What an answer of SQS, SNS and DynamoDB has for a page that is let in, as AWS's have."""
        return [("Access-Control-Allow-Origin", "*"), ("Access-Control-Expose-Headers", _EXPOSED)]


def is_website_host(host: str) -> bool:
    """Whether a bucket's website has this host: an origin of its own, whose pages are the bucket's content."""
    name = host[:_LONGEST_HOST].lower()
    return "s3-website" in name and _WEBSITE_LABEL.search(name) is not None


def page_headers(request: HttpRequest) -> Headers:
    """What the answer has that holds somebody's bytes and goes to a browser.

    Opened as a page or in a frame it is in a sandbox: its scripts run, but as of no origin, not as the one of this
    server's control interface. `Sec-Fetch-Dest` says so, and `Upgrade-Insecure-Requests` where the browser sends no
    fetch metadata, as to hosts other than localhost. `Vary`, since a cache could give to a page what a script had
    fetched.
    """
    headers = request.headers
    destination = headers.get("sec-fetch-dest")
    if destination is None and not headers.get("user-agent", "").startswith("Mozilla/"):
        return []
    vary = ("Vary", "Sec-Fetch-Dest, Upgrade-Insecure-Requests")
    if destination in _PAGES or (destination is None and "upgrade-insecure-requests" in headers):
        return [("Content-Security-Policy", "sandbox allow-scripts"), vary]
    return [vary]


def _refused_host(host: str) -> str:
    return (
        f"The host {host[:_LONGEST_HOST]!r} is not known as one of this machine's names."
        " RUSTSTACK_ALLOWED_HOSTS names further ones."
    )


def _refused_origin(origin: str) -> str:
    return (
        f"A page of {origin[:_LONGEST_HOST]!r} may not send this request. EXTRA_CORS_ALLOWED_ORIGINS names the origins"
        " that may, beside those of this machine."
    )


def _name_of(authority: str) -> str | None:
    """The host without its port and without the dot at its end; None where it is too long, or is none."""
    if not 0 < len(authority) <= _LONGEST_HOST:
        return None
    end = authority.find("]") + 1 if authority.startswith("[") else authority.find(":")
    if end == 0 and authority.startswith("["):
        return None
    name, port = (authority, "") if end < 0 else (authority[:end], authority[end:])
    if port and not _PORT.fullmatch(port):
        return None
    name = name.removesuffix(".")
    return name or None


def _is_ip(family: socket.AddressFamily, text: str) -> bool:
    try:
        socket.inet_pton(family, text)
    except (OSError, ValueError):
        return False
    return True


def _matches(pattern: str, text: str) -> bool:
    before, star, after = pattern.partition("*")
    if not star:
        return pattern == text
    return len(text) >= len(before) + len(after) and text.startswith(before) and text.endswith(after)
