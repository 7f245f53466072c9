"""Queue URLs: written in the form the settings ask for, read in every form.

In: the URL the client called, the account, region and name. Out: a URL, or the `QueueAddress` one stands for.
`read_queue_url` raises `InvalidAddress` where a text is no queue URL.

The strategies are LocalStack's (https://docs.localstack.cloud/aws/services/sqs/):

* none set, or `off`: `http://HOST:PORT/ACCOUNT/NAME`, HOST and PORT being those the client called;
* `standard`: `http://sqs.REGION.HOST:PORT/ACCOUNT/NAME`;
* `domain`: `http://REGION.queue.HOST:PORT/ACCOUNT/NAME` (us-east-1: `queue.HOST`);
* `path`: `http://HOST:PORT/queue/REGION/ACCOUNT/NAME`;
* `dynamic`: the form of the host and path the client called.

In `standard` and `domain` HOST is `localhost.localstack.cloud`, which resolves to 127.0.0.1 with every subdomain.
`LOCALSTACK_HOST` replaces HOST (and, where it has one, PORT) in every form but `dynamic`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from awskit.bounds.text_cache import text_cache
from services.sqs.arns import QueueAddress
from services.sqs.errors import invalid_address

STRATEGIES = ("", "standard", "domain", "path", "dynamic", "off")
_WILDCARD_DOMAIN = "localhost.localstack.cloud"
_LONGEST_URL = 2048
_REGION_IN_HOST = re.compile(
    r"^(?:sqs\.(?P<standard>[a-z]{2,}-[a-z-]+-\d)\.(?P<standard_base>.+)"
    r"|(?:(?P<domain>[a-z]{2,}-[a-z-]+-\d)\.)?queue\.(?P<domain_base>.+))$"
)


@dataclass(frozen=True, slots=True)
class QueueUrls:
    """Writes queue URLs by one strategy (ValueError where `strategy` is none of `STRATEGIES`)."""

    strategy: str = ""
    localstack_host: str = ""

    def __post_init__(self) -> None:
        if self.strategy not in STRATEGIES:
            raise ValueError(f"SQS_ENDPOINT_STRATEGY: {self.strategy!r} is none of {', '.join(STRATEGIES[1:])}")

    def write(self, endpoint: str, path: str, queue: QueueAddress) -> str:
        """`queue`'s URL for a client that called `path` at `endpoint` (`http://localhost:4566`)."""
        scheme, _, host = endpoint.partition("://")
        strategy = _called_form(host, path) if self.strategy == "dynamic" else self.strategy
        if strategy == "standard":
            base = f"sqs.{queue.region}.{self._base_host(host)}"
        elif strategy == "domain":
            region = "" if queue.region == "us-east-1" else f"{queue.region}."
            base = f"{region}queue.{self._base_host(host)}"
        elif strategy == "path":
            base = f"{self._own_host(host)}/queue/{queue.region}"
        else:
            base = self._own_host(host)
        return f"{scheme}://{base}/{queue.account_id}/{queue.name}"

    def _own_host(self, host: str) -> str:
        if not self.localstack_host or self.strategy == "dynamic":
            return host
        return _with_port(self.localstack_host, host)

    def _base_host(self, host: str) -> str:
        """The host that the region's label goes in front of."""
        called = _REGION_IN_HOST.match(host)
        if self.strategy == "dynamic":
            return str(called["standard_base"] or called["domain_base"]) if called else host
        return _with_port(self.localstack_host or _WILDCARD_DOMAIN, host)


def _with_port(name: str, called: str) -> str:
    if ":" in name:
        return name
    _, colon, port = called.rpartition(":")
    return f"{name}:{port}" if colon and port.isdigit() else name


def _called_form(host: str, path: str) -> str:
    called = _REGION_IN_HOST.match(host)
    if called is not None:
        return "standard" if called["standard"] else "domain"
    return "path" if path.startswith("/queue/") else "off"


@text_cache(4096)
def read_queue_url(url: str, account_id: str, region: str) -> QueueAddress:
    """The queue that `url` stands for; `account_id` and `region` fill in what it does not say.

    A bare queue name, a path alone (`/000000000000/name`), and ElasticMQ's older form (`/queue/name`) are read too.
    Raises `InvalidAddress`.
    """
    if len(url) > _LONGEST_URL:  # and would be kept
        raise invalid_address(url[:_LONGEST_URL])
    if "/" not in url:
        if not url or "\0" in url:
            raise invalid_address(url)
        return QueueAddress(account_id, region, url)
    try:
        parts = urlsplit(url)
    except ValueError:
        raise invalid_address(url) from None
    called = _REGION_IN_HOST.match(parts.netloc)
    if called is not None:
        region = called["standard"] or called["domain"] or region
    segments = [unquote(segment) for segment in parts.path.split("/") if segment]
    if "\0" in url or any("\0" in segment for segment in segments):
        raise invalid_address(url)
    if len(segments) == 2 and segments[0] == "queue":
        return QueueAddress(account_id, region, segments[1])
    if len(segments) >= 4 and segments[-4] == "queue":
        region = segments[-3]
    if len(segments) >= 2:
        return QueueAddress(segments[-2], region, segments[-1])
    if len(segments) == 1:
        return QueueAddress(account_id, region, segments[0])
    raise invalid_address(url)


def region_in_host(host: str) -> str | None:
    """The region that a host name holds: `sqs.eu-west-1.localhost`, `eu-west-1.queue.localhost`."""
    called = _REGION_IN_HOST.match(host)
    return (called["standard"] or called["domain"]) if called is not None else None


def is_queue_path(path: str) -> bool:
    """Whether a request's path is that of a queue: `/ACCOUNT/NAME`, `/queue/REGION/ACCOUNT/NAME` or `/queue/NAME`."""
    return _QUEUE_PATH.match(path) is not None


_QUEUE_PATH = re.compile(r"^(?:(?:/queue/[a-z0-9-]+)?/\d{12}|/queue)/[A-Za-z0-9_.-]{1,80}/?$")
