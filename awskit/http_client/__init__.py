"""The fast internal hop: HTTP/1.1 between the gateway, the services and each other.

    client = HttpClient()
    queues = client.upstream(settings.sqs_url)          # one address, or a comma list: requests go round them
    response = await queues.request("POST", "/", {"content-type": "application/x-amz-json-1.0"}, body, timeout=5)
    await client.close()

In: a method, a target, headers, a body. Out: a `Response`, whatever its status. Raised: `UpstreamUnavailable` where no
address takes the request (within a second), `ConnectionLost` where the service went away before it answered,
`TimeoutError`; the first two are `ConnectionError`s. `HttpClient(tls=context)` speaks to `https://` addresses, too, as
other emulators may have. For calls to strangers (SNS HTTP endpoints) use httpx instead: there is no proxy here, no
redirect.
"""

from awskit.http_client.addresses import AddressError
from awskit.http_client.client import HttpClient
from awskit.http_client.connection import Connection, ConnectionLost
from awskit.http_client.messages import Response
from awskit.http_client.upstream import Upstream, UpstreamUnavailable

__all__ = [
    "AddressError",
    "Connection",
    "ConnectionLost",
    "HttpClient",
    "Response",
    "Upstream",
    "UpstreamUnavailable",
]
