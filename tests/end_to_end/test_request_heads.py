"""What a request's head may ask of the server before its body, and how large it may be."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.end_to_end.aws_cli import AwsCli
from tests.end_to_end.raw_http import exchange, request
from tests.gateway.servers import Peer
from tests.processes import Running

SCOPE = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"


@pytest.mark.parametrize("service_alone", [False, True])
def test_continue_is_said_also_where_there_is_no_body(
    fleet: Running, running_service: object, unique_name: str, service_alone: bool
) -> None:
    server: Running = running_service("s3") if service_alone else fleet  # type: ignore[operator]
    assert exchange(server, request("PUT", f"/{unique_name}", {"Authorization": SCOPE})) is not None
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        peer = Peer(connection)
        for number in range(3):
            peer.send(
                f"PUT /{unique_name}/{number} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {SCOPE}\r\n"
                "Expect: 100-continue\r\nContent-Length: 0\r\n\r\n".encode()
            )
            assert peer.read_head() == b"HTTP/1.1 100 Continue\r\n\r\n"
            status, headers, _ = peer.read_answer()
            assert (status, headers["etag"]) == (200, '"d41d8cd98f00b204e9800998ecf8427e"')


@pytest.mark.timeout(120)
def test_the_aws_cli_syncs_a_folder_with_an_empty_file(fleet: Running, unique_name: str, tmp_path: Path) -> None:
    cli = AwsCli(fleet.url)
    (tmp_path / "a.txt").write_bytes(b"")
    (tmp_path / "b.txt").write_bytes(b"b")
    (tmp_path / "c.txt").write_bytes(b"")
    cli.run("s3", "mb", f"s3://{unique_name}")
    said = cli.text("s3", "sync", str(tmp_path), f"s3://{unique_name}")
    assert said.count("upload: ") == 3
    listed = cli.json("s3api", "list-objects-v2", "--bucket", unique_name)["Contents"]
    assert {entry["Key"]: entry["Size"] for entry in listed} == {"a.txt": 0, "b.txt": 1, "c.txt": 0}


def test_white_space_around_a_value_is_not_kept(fleet: Running, unique_name: str) -> None:
    assert exchange(fleet, request("PUT", f"/{unique_name}", {"Authorization": SCOPE})) is not None
    sent = {"Authorization": SCOPE, "x-amz-meta-a": " v w \t "}
    assert exchange(fleet, request("PUT", f"/{unique_name}/k", sent)) is not None
    answer = exchange(fleet, request("HEAD", f"/{unique_name}/k", {"Authorization": SCOPE}))
    assert answer is not None
    assert answer.headers["x-amz-meta-a"] == "v w"


@pytest.mark.parametrize(("size", "status"), [(7900, 404), (8192, 400), (60_000, 400)])
def test_s3_takes_headers_of_8_kb(fleet: Running, size: int, status: int) -> None:
    answer = exchange(fleet, request("GET", "/no-such-bucket-anywhere", {"Authorization": SCOPE, "x-a": "a" * size}))
    assert answer is not None
    assert answer.status == status
    if status == 400:
        assert answer.error_code == "RequestHeaderSectionTooLarge"
        assert b"<MaxSizeAllowed>8192</MaxSizeAllowed>" in answer.body
        assert b"<Message>Your request header section exceeds the maximum allowed size.</Message>" in answer.body
