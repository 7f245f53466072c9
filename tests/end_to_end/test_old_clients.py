"""Clients from before today's SDKs: no `Version`, a scope made of the host's name, forms without their type."""

from __future__ import annotations

import httpx
import pytest

from tests.processes import Running

FORM = {"content-type": "application/x-www-form-urlencoded; charset=UTF-8"}
# as boto 2 signs for http://127.0.0.1: the host's labels taken for service and region
OF_HOST = {
    **FORM,
    "authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/0/127/aws4_request, SignedHeaders=host, Signature=0",
}


@pytest.mark.parametrize("headers", [{}, FORM, OF_HOST], ids=["no type", "no scope", "a scope made of the host"])
def test_actions_find_their_service(fleet: Running, unique_name: str, headers: dict[str, str]) -> None:
    with httpx.Client(base_url=fleet.url, headers=headers) as client:
        created = client.post("/", content=f"Action=CreateQueue&QueueName={unique_name}")
        assert f"<QueueUrl>{fleet.url}/000000000000/{unique_name}</QueueUrl>" in created.text
        client.post(f"/000000000000/{unique_name}", content="Action=SendMessage&MessageBody=an%20old%20one")
        received = client.post(f"/000000000000/{unique_name}", content="Action=ReceiveMessage")
        assert "<Body>an old one</Body>" in received.text
        topic = client.post("/", content=f"Action=CreateTopic&Name={unique_name}")
        assert f"arn:aws:sns:us-east-1:000000000000:{unique_name}" in topic.text
        assert "<Account>000000000000</Account>" in client.post("/", content="Action=GetCallerIdentity").text
    # what they have made is where today's SDKs look for it
    assert fleet.client("sqs").get_queue_url(QueueName=unique_name)["QueueUrl"].endswith(unique_name)


def test_a_query_signed_in_version_2_is_not_s3s(fleet: Running) -> None:
    signed = "AWSAccessKeyId=a&SignatureVersion=2&SignatureMethod=HmacSHA256&Signature=a"
    for version in ("", "&Version=2009-02-01", "&Version=2012-11-05"):
        assert "<ListQueuesResult" in httpx.get(f"{fleet.url}/?Action=ListQueues&{signed}{version}").text
