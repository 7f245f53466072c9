"""A real HTTP receiver of SNS messages, and the check of their signatures as AWS documents it."""

from __future__ import annotations

import base64
import json
import threading
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa


@dataclass
class Post:
    """One request that came in."""

    headers: Mapping[str, str]
    body: str

    @property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.body)
        return document


@dataclass
class Receiver:
    """`status` is what the next requests are answered with, while `answering`; else they wait.

    `headers` and `pieces` are added to the answer, and stand for its body.
    """

    url: str
    status: int = 200
    answering: threading.Event = field(default_factory=threading.Event)
    headers: Mapping[str, str] = field(default_factory=dict)
    pieces: Callable[[], Iterable[bytes]] | None = None
    posts: list[Post] = field(default_factory=list)

    def wait_for(self, count: int, seconds: float = 10) -> list[Post]:
        """The requests once there are `count` of them. AssertionError where they do not come."""
        deadline = time.monotonic() + seconds
        while len(self.posts) < count:
            assert time.monotonic() < deadline, f"{len(self.posts)} of {count} requests came"
            time.sleep(0.01)
        return self.posts

    def stays_at(self, count: int, seconds: float = 0.3) -> bool:
        """Whether no further request comes for a moment."""
        time.sleep(seconds)
        return len(self.posts) == count


@contextmanager
def running_receiver() -> Iterator[Receiver]:
    receiver = Receiver("")
    receiver.answering.set()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            status = receiver.status
            receiver.posts.append(Post({name.lower(): value for name, value in self.headers.items()}, body))
            receiver.answering.wait(10)
            answer = b"so be it" if status < 300 else b"not now"
            self.send_response(status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            if receiver.pieces is None:
                self.send_header("content-length", str(len(answer)))
            else:
                self.send_header("connection", "close")
            self.end_headers()
            with suppress(OSError):
                for piece in [answer] if receiver.pieces is None else receiver.pieces():
                    self.wfile.write(piece)
                    self.wfile.flush()

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_port}/inbox"
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def verify(document: Mapping[str, str]) -> None:
    """https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html; raises InvalidSignature."""
    if document["Type"] == "Notification":
        names = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
    else:
        names = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    text = "".join(f"{name}\n{document[name]}\n" for name in names if name in document)
    with urllib.request.urlopen(document["SigningCertURL"]) as answer:
        certificate = x509.load_pem_x509_certificate(answer.read())
    key = certificate.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    digest = {"1": hashes.SHA1(), "2": hashes.SHA256()}[document["SignatureVersion"]]
    key.verify(base64.b64decode(document["Signature"]), text.encode(), padding.PKCS1v15(), digest)
