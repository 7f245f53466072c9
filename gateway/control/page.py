"""What a browser is shown at the endpoint of a fleet without a console: how it is, and where to look further."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from awskit import __version__
from gateway.control.fleet import Health
from gateway.errors import Answer
from gateway.proxy.request import Request
from gateway.routing.hosts import service_of_host

PAGE_PATH = b"/_ruststack/"
_HTML = b"text/html"
_LOOK_FURTHER = {
    "/_ruststack/health": "how every service is, as JSON",
    "/_ruststack/ready": "whether the init scripts have been run, too",
    "/_localstack/init": "what became of each init script",
    "/_ruststack/clock": "the time that the services go by",
    "/_ruststack/ca.pem": "the authority to trust for https:// on this port",
    "/metrics": "for Prometheus",
}
_TEXT = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>RustStack</title>
<style>
:root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }}
body {{ max-width: 44em; margin: 3em auto; padding: 0 1em }}
td {{ padding: 0 1.5em 0 0 }} code {{ font-size: 0.95em }} .running {{ color: #2a8a3e }} .down {{ color: #c22 }}
</style>
<h1>RustStack {version}</h1>
<p>A local AWS. SDKs and the AWS CLI find it by <code>AWS_ENDPOINT_URL={endpoint}</code>, with any credentials;
<code>ruststack env</code> prints what else they want.</p>
<h2>Services</h2>
<table>{services}</table>
<h2>Look further</h2>
<table>{links}</table>
</html>
"""


def wants_page(request: Request, domains: tuple[str, ...]) -> bool:
    """Whether a person's browser asks for the root, where an SDK would list buckets, and no bucket's host is called."""
    headers = request.headers
    if _HTML not in headers.get(b"accept", b"") or b"authorization" in headers or request.query:
        return False
    return service_of_host(headers.get(b"host", b"").decode("latin-1"), domains) is None


def redirection(path: bytes) -> Answer:
    """To the page at `path`."""
    return Answer(302, [(b"Location", path), (b"Content-Length", b"0"), (b"Cache-Control", b"no-store")], b"")


def page(health: Health, headers: Mapping[bytes, bytes], *, secure: bool) -> Answer:
    """The page, for whoever has called by the host in `headers`."""
    endpoint = f"{'https' if secure else 'http'}://{headers.get(b'host', b'localhost:4566').decode('latin-1')}"
    services = "".join(
        f'<tr><td>{escape(name)}<td class="{_colour(entry["status"])}">{escape(entry["status"])}'
        for name, entry in health.items()
    )
    links = "".join(f'<tr><td><a href="{path}">{path}</a><td>{text}' for path, text in _LOOK_FURTHER.items())
    text = _TEXT.format(version=__version__, endpoint=escape(endpoint), services=services, links=links)
    body = text.encode()
    return Answer(
        200,
        [
            (b"Content-Type", b"text/html; charset=utf-8"),
            (b"Content-Length", str(len(body)).encode()),
            (b"Content-Security-Policy", b"default-src 'none'; style-src 'unsafe-inline'"),
            (b"Cache-Control", b"no-store"),
        ],
        body,
    )


def _colour(status: str) -> str:
    return "running" if status.startswith("running") else "down"
