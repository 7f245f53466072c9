"""S3 with `RUSTSTACK_AUTH`: users, whose own policies decide with the bucket's; signed bodies; `soft`, `signatures`."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from awskit.sigv4.signing import SigningKey, sign
from awskit.wire.model import load_model
from ruststack.operations_table import implemented_operations
from services.s3.access.actions import ACTIONS, CONTROL_ACTIONS, OF_EACH_KEY
from tests.access import OTHER, OWNER, Callers, access_environment, error_of, refusal
from tests.processes import Running, running_service

USER = f"arn:aws:iam::{OWNER}:user/user"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("s3-users")
    with running_service("s3", folder, environment=access_environment(folder, DEBUG="1")) as running:
        yield running


@pytest.fixture(scope="module")
def s3(service: Running) -> Callers:
    return Callers(service.url, "s3")


@pytest.fixture
def bucket(s3: Callers, unique_name: str) -> str:
    owner = s3.named("owner")
    owner.create_bucket(Bucket=unique_name)
    owner.put_object(Bucket=unique_name, Key="key", Body=b"x")
    return unique_name


def set_policy(s3: Callers, bucket: str, **statement: Any) -> None:
    resources = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    document = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Resource": resources, **statement}}
    s3.named("owner").put_bucket_policy(Bucket=bucket, Policy=json.dumps(document))


def test_every_operation_has_an_action() -> None:
    assert set(load_model("s3").operations) <= set(ACTIONS) | OF_EACH_KEY
    assert implemented_operations("s3control", "services.s3.operations") == set(CONTROL_ACTIONS)


def test_users_of_the_owners_account_need_a_policy(s3: Callers, bucket: str) -> None:
    given = {"Bucket": bucket, "Key": "key"}
    s3.named("admin").get_object(**given)
    why = "because no identity-based policy allows the s3:GetObject action"
    text = f'User: {USER} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::{bucket}/key" {why}'
    assert error_of(s3.named("user").get_object, **given) == (403, "AccessDenied", text)
    assert refusal(s3.named("user").list_buckets) == (403, "AccessDenied")
    assert refusal(s3.named("user").create_bucket, Bucket=f"{bucket}-2") == (403, "AccessDenied")
    set_policy(s3, bucket, Principal={"AWS": OWNER}, Action="s3:GetObject")
    assert refusal(s3.named("user").get_object, **given) == (403, "AccessDenied")
    set_policy(s3, bucket, Principal={"AWS": USER}, Action="s3:GetObject")
    s3.named("user").get_object(**given)
    assert refusal(s3.named("denied").get_object, **given) == (403, "AccessDenied")
    set_policy(s3, bucket, Principal={"AWS": USER}, Action="s3:*", Effect="Deny")
    assert error_of(s3.named("user").get_object, **given)[2].endswith("explicit deny in a resource-based policy")


def test_a_denial_says_why(service: Running, s3: Callers, bucket: str) -> None:
    answers: list[Any] = []
    client = s3.named("other")
    client.meta.events.register("after-call.s3", lambda http_response, **_: answers.append(http_response))
    assert error_of(client.get_object, Bucket=bucket, Key="key") == (403, "AccessDenied", "Access Denied")
    reason = answers[0].headers["x-ruststack-reason"]
    assert f"neither ownership, nor the policy of the bucket {bucket}, nor an ACL allows it" in reason
    assert reason in service.log.read_text()


@pytest.mark.parametrize("name", ["other", "anonymous", "user"])
def test_an_accounts_settings_are_its_own(service: Running, name: str) -> None:
    """Anybody could set and delete an account's public access block, and tag buckets."""
    control = Callers(service.url, "s3control")
    client = control.anonymous if name == "anonymous" else control.named(name)
    block = {"BlockPublicAcls": True}
    given = {"AccountId": OWNER, "PublicAccessBlockConfiguration": block}
    assert refusal(client.put_public_access_block, **given) == (403, "AccessDenied")
    assert refusal(client.delete_public_access_block, AccountId=OWNER) == (403, "AccessDenied")
    control.named("owner").put_public_access_block(**given)
    control.named("owner").delete_public_access_block(AccountId=OWNER)


def signed(url: str, method: str, body: bytes, headers: dict[str, str], secret: str = "owner/secret+") -> Any:
    request = AWSRequest(method=method, url=url, data=body, headers=headers)
    S3SigV4Auth(Credentials("AKIAOWNER", secret), "s3", "us-east-1").add_auth(request)
    return dict(request.headers.items())


def test_a_signed_digest_counts_where_no_body_came(service: Running, bucket: str) -> None:
    """The digest that was signed was not looked at where there was no body to read."""
    url = f"{service.url}/{bucket}?tagging"
    body = b"<Tagging><TagSet/></Tagging>"
    headers = signed(url, "DELETE", body, {"X-Amz-Content-SHA256": hashlib.sha256(body).hexdigest()})
    headers.pop("Content-Length", None)
    answer = httpx.delete(url, headers=headers)
    assert (answer.status_code, "XAmzContentSHA256Mismatch" in answer.text) == (400, True)


def test_a_frame_that_nobody_knows_is_refused(service: Running, bucket: str) -> None:
    url = f"{service.url}/{bucket}/framed"
    for kind, status in (("STREAMING-SOMETHING", 400), ("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", 403)):
        given = {"host": httpx.URL(url).netloc.decode(), "x-amz-decoded-content-length": "1"}
        key = SigningKey("AKIAOWNER", "owner/secret+")
        headers = sign(key, ("us-east-1", "s3"), "PUT", f"/{bucket}/framed", given, time.time(), kind)
        assert httpx.put(url, headers=headers, content=b"1\r\nx\r\n0\r\n\r\n").status_code == status


def test_a_frame_that_nobody_signed_is_refused(service: Running, bucket: str) -> None:
    url = f"{service.url}/{bucket}/framed"
    body = b"1\r\nx\r\n0\r\n\r\n"
    given = {"X-Amz-Content-SHA256": hashlib.sha256(body).hexdigest(), "X-Amz-Decoded-Content-Length": "1"}
    headers = signed(url, "PUT", body, given)
    answer = httpx.put(url, headers={**headers, "Content-Encoding": "aws-chunked"}, content=body)
    assert (answer.status_code, "<HeadersNotSigned>content-encoding<" in answer.text) == (403, True)


def test_soft_refuses_nothing_and_logs_what_it_would(tmp_path: Path) -> None:
    with running_service("s3", tmp_path, environment=access_environment(tmp_path, "soft")) as running:
        s3 = Callers(running.url, "s3")
        s3.named("denied").create_bucket(Bucket="bucket")
        for client in (s3.named("user"), s3.named("other"), s3.anonymous, s3.client("AKIAOWNER", "wrong")):
            client.put_object(Bucket="bucket", Key="key", Body=b"x")
        s3.named("other").delete_objects(Bucket="bucket", Delete={"Objects": [{"Key": "key"}]})
        log = running.log.read_text()
        assert log.count(" would be refused: ") == 6
        assert "SignatureDoesNotMatch" in log


def test_signatures_alone(tmp_path: Path) -> None:
    with running_service("s3", tmp_path, environment=access_environment(tmp_path, "signatures")) as running:
        s3 = Callers(running.url, "s3")
        s3.named("denied").create_bucket(Bucket="bucket")
        s3.named("user").put_object(Bucket="bucket", Key="key", Body=b"x")
        assert refusal(s3.client("AKIAOWNER", "wrong").list_buckets) == (403, "SignatureDoesNotMatch")
        assert refusal(s3.anonymous.get_object, Bucket="bucket", Key="key") == (403, "AccessDenied")
        assert s3.named("other").list_buckets()["Buckets"] == []
        assert OTHER not in str(s3.named("owner").list_buckets())
