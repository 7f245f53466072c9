"""An account of a fleet, with clients for it."""

from __future__ import annotations

import os
import uuid
from typing import Any

from awskit.resources.arns import build_arn
from ruststack.banner import client_environment

REGION = "us-east-1"


class Account:
    """An account that nobody else has used: it is empty, and what is done in it disturbs nobody.

    Names of buckets alone are one account's for all of them, as on AWS: `unique_name` makes one.
    """

    def __init__(self, endpoint_url: str, region: str = REGION, models: Any = None) -> None:
        """`models`: botocore's loader, which clients of several accounts may share: reading them takes 0.1 s."""
        self.endpoint_url = endpoint_url
        self.id = str(10**11 + uuid.uuid4().int % (9 * 10**11))
        self.region = region
        self._models = models
        self._session: Any = None
        self._clients: list[Any] = []

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which SDKs and the AWS CLI find it: for a process that is tested."""
        return {**client_environment(self.endpoint_url, self.id, self.region), "AWS_EC2_METADATA_DISABLED": "true"}

    def unique_name(self, prefix: str = "test") -> str:
        """A name that no other account's test uses; it is valid for buckets, too, where `prefix` is."""
        return f"{prefix}-{self.id}"

    def arn(self, service: str, resource: str) -> str:
        """`arn("sqs", "orders")`: the ARN of the account's resource in its region."""
        return build_arn(service, self.region, self.id, resource)

    @property
    def session(self) -> Any:
        """A boto3 session with its credentials and region. Its clients need `endpoint_url`; those below have it."""
        if self._session is None:
            self._session = _session(self.id, self.region, self._models or model_loader())
        return self._session

    def client(self, service: str, **given: Any) -> Any:
        """A boto3 client, closed at the end of the test. `given` are further arguments of boto3's `Session.client`."""
        client = self.session.client(service, **{"endpoint_url": self.endpoint_url, **given})
        self._clients.append(client)
        return client

    def resource(self, service: str, **given: Any) -> Any:
        """A boto3 resource (`s3`, `dynamodb`, `sqs`, `sns`), closed at the end of the test."""
        resource = self.session.resource(service, **{"endpoint_url": self.endpoint_url, **given})
        self._clients.append(resource.meta.client)
        return resource

    def close(self) -> None:
        """Close the connections of its clients."""
        while self._clients:
            self._clients.pop().close()


def model_loader() -> Any:
    """botocore's loader of AWS's models, which keeps what it has read. ImportError where boto3 is not there."""
    try:
        from botocore.loaders import create_loader
    except ImportError as error:
        raise ImportError("clients need boto3: pip install 'ruststack[pytest]'") from error
    return create_loader()


def _session(account: str, region: str, models: Any) -> Any:
    """A boto3 session that goes by nothing of the user's: no profile, no configuration."""
    import boto3
    import botocore.session

    nothing = {"profile": None, "config_file": os.devnull, "credentials_file": os.devnull}
    session = botocore.session.Session(
        session_vars={name: (None, None, default, None) for name, default in nothing.items()}
    )
    session.register_component("data_loader", models)
    return boto3.session.Session(
        botocore_session=session, aws_access_key_id=account, aws_secret_access_key="test", region_name=region
    )
