"""With `RUSTSTACK_AUTH=enforce`: sessions of directory buckets, their policies, and who may have a session."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from botocore.auth import S3ExpressAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.access import OTHER, OWNER, Callers, access_environment, refusal
from tests.processes import Running, running_service
from tests.services.s3.directory_buckets.conftest import CONFIGURATION, new_name

DENIED = (403, "AccessDenied")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("s3-directory-buckets")
    with running_service("s3", folder, environment=access_environment(folder)) as running:
        yield running


@dataclass(frozen=True)
class Directory:
    """A directory bucket of `owner` with an object `key`."""

    callers: Callers
    name: str

    def put(self, caller: str) -> Any:
        return self.callers.named(caller).put_object(Bucket=self.name, Key="key", Body=b"x")

    def get(self, client: Any) -> Any:
        return client.get_object(Bucket=self.name, Key="key")

    def allow(self, principal: str, **condition: Any) -> None:
        arn = f"arn:aws:s3express:us-east-1:{OWNER}:bucket/{self.name}"
        statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "s3express:CreateSession"}
        given = {**statement, "Resource": arn, **({"Condition": condition} if condition else {})}
        text = json.dumps({"Version": "2012-10-17", "Statement": [given]})
        self.callers.named("owner").put_bucket_policy(Bucket=self.name, Policy=text)


@pytest.fixture
def directory(service: Running) -> Directory:
    callers, name = Callers(service.url, "s3"), new_name()
    callers.named("owner").create_bucket(Bucket=name, CreateBucketConfiguration=CONFIGURATION)
    made = Directory(callers, name)
    made.put("owner")
    return made


def test_who_has_a_session(directory: Directory) -> None:
    directory.put("admin")
    for name in ("user", "denied", "other"):
        client = directory.callers.named(name)
        assert refusal(client.put_object, Bucket=directory.name, Key="key", Body=b"x") == DENIED
        assert refusal(client.create_session, Bucket=directory.name) == DENIED
    assert refusal(directory.callers.anonymous.get_object, Bucket=directory.name, Key="key") == DENIED
    directory.allow(OTHER)
    directory.put("other")
    assert refusal(directory.callers.named("other").get_bucket_policy, Bucket=directory.name) == DENIED


def test_a_policy_may_ask_for_the_mode(directory: Directory) -> None:
    directory.allow(OTHER, StringEquals={"s3express:SessionMode": "ReadOnly"})
    other = directory.callers.named("other")
    assert refusal(other.create_session, Bucket=directory.name, SessionMode="ReadWrite") == DENIED
    session = other.create_session(Bucket=directory.name, SessionMode="ReadOnly")["Credentials"]
    assert session["AccessKeyId"]


def sent(service: Running, name: str, key: str, session: dict[str, Any], method: str, body: bytes = b"") -> int:
    """The status of a request signed with a session's credentials."""
    request = AWSRequest(method, f"{service.url}/{name}/{key}", data=body)
    credentials = Credentials(session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"])
    S3ExpressAuth(credentials, "s3express", "us-east-1", identity_cache=None).add_auth(request)
    return httpx.request(method, request.url, content=body, headers=dict(request.headers.items())).status_code


def test_a_session_without_a_mode_is_the_greatest_that_is_allowed(directory: Directory) -> None:
    directory.allow(OTHER, StringEquals={"s3express:SessionMode": "ReadOnly"})
    other = directory.callers.named("other")
    other.create_session(Bucket=directory.name)
    assert directory.get(other)["ContentLength"] == 1
    assert refusal(other.put_object, Bucket=directory.name, Key="key", Body=b"x") == DENIED
    assert refusal(other.create_session, Bucket=directory.name, SessionMode="ReadWrite") == DENIED


def test_a_session_is_for_one_bucket_and_one_mode(service: Running, directory: Directory) -> None:
    owner = directory.callers.named("owner")
    other = new_name()
    owner.create_bucket(Bucket=other, CreateBucketConfiguration=CONFIGURATION)
    reading = owner.create_session(Bucket=directory.name, SessionMode="ReadOnly")["Credentials"]
    assert sent(service, directory.name, "key", reading, "GET") == 200
    assert sent(service, directory.name, "key", reading, "PUT", b"y") == 403
    writing = owner.create_session(Bucket=directory.name)["Credentials"]
    assert sent(service, directory.name, "key", writing, "PUT", b"y") == 200
    assert sent(service, other, "key", writing, "PUT", b"y") == 403
    forged = {**writing, "SessionToken": writing["SessionToken"][:-8] + "AAAAAAA="}
    assert sent(service, directory.name, "key", forged, "GET") == 400
    wrong = {**writing, "SecretAccessKey": "wrong"}
    assert sent(service, directory.name, "key", wrong, "GET") == 403


def test_a_session_may_no_more_than_its_caller(directory: Directory) -> None:
    user = directory.callers.named("user")
    assert refusal(user.create_session, Bucket=directory.name, SessionMode="ReadOnly") == DENIED
    directory.allow(f"arn:aws:iam::{OWNER}:user/user")
    user.put_object(Bucket=directory.name, Key="key", Body=b"x")
    assert refusal(user.delete_bucket, Bucket=directory.name) == DENIED
    assert [bucket["Name"] for bucket in directory.callers.named("admin").list_directory_buckets()["Buckets"]]
    assert refusal(user.list_directory_buckets) == DENIED
    assert refusal(user.create_bucket, Bucket=new_name(), CreateBucketConfiguration=CONFIGURATION) == DENIED
