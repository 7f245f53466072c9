"""Requests of one service, endlessly: from its models, as they could be meant and as they should not be.

In: a seed. Out: `Sent`, the same ones for the same seed. What the requests name (`KNOWN`) is made by `prepare`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from random import Random
from typing import Any

from botocore.exceptions import ClientError

from awskit.wire.model import OperationModel, ServiceModel, load_model
from ruststack.operations_table import MODELS as TABLES
from ruststack.operations_table import implemented_operations
from tests.hostile.control import control_request
from tests.hostile.documents import Documents
from tests.hostile.mutations import Mutations, Sent, plain
from tests.hostile.values import Values
from tests.hostile.wire import Request, json_request, query_request, rest_request, signed, text_of, to_bytes
from tests.processes import Running

SERVICES = ("s3", "dynamodb", "sqs", "sns")
OF_GATEWAY = "sts"
"""What the gateway answers itself."""

_ACCOUNT = "000000000000"
_QUEUE = f"http://localhost/{_ACCOUNT}/hostile-queue"
_TOPIC = f"arn:aws:sns:us-east-1:{_ACCOUNT}:hostile-topic"
_TABLE_ARN = f"arn:aws:dynamodb:us-east-1:{_ACCOUNT}:table/hostile-table"
_BUCKETS = ("hostile-bucket", "hostile-bucket", "hostile-bucket", "hostile-new")
_VALUE = {"S": "a"}

_ROLE = f"arn:aws:iam::{_ACCOUNT}:role/r"
KNOWN: Mapping[str, Mapping[str, Sequence[Any]]] = {
    "s3": {
        "Bucket": _BUCKETS,
        "BucketName": _BUCKETS,
        "Key": ("object", "object", "folder/object", "new", "é/ü"),
        "AccountId": (_ACCOUNT,),
        "CopySource": ("hostile-bucket/object", "/hostile-bucket/folder%2Fobject"),
        "UploadId": ("none", "é"),
        "VersionId": ("null", "none"),
        "PartNumber": (1, 2),
        "MaxKeys": (1, 1000),
        "Body": ("content", "a" * 3000),
        "ContentMD5": ("1B2M2Y8AsgTpgAmY7PhCfg==",),
        "ExpectedBucketOwner": (_ACCOUNT,),
        "ResourceArn": ("arn:aws:s3:::hostile-bucket",),
        "QueueArn": (f"arn:aws:sqs:us-east-1:{_ACCOUNT}:hostile-queue",),
        "TopicArn": (_TOPIC,),
        "Expression": ("SELECT * FROM S3Object s", "SELECT s.a FROM S3Object[*] s WHERE s.b > 5"),
    },
    "sts": {
        "RoleArn": (_ROLE,),
        "arnType": (_ROLE, f"arn:aws:iam::{_ACCOUNT}:saml-provider/p", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
        "PrincipalArn": (f"arn:aws:iam::{_ACCOUNT}:saml-provider/p",),
        "TargetPrincipal": (_ACCOUNT,),
        "RoleSessionName": ("session",),
        "DurationSeconds": (900, 3600),
        "WebIdentityToken": ("e30.e30.e30", "a.b.c", "e30"),
        "SAMLAssertion": ("PHhtbC8+", "PGE+PGI+PC9iPjwvYT4=", "e30="),
        "EncodedMessage": ("e30=", "a"),
        "AccessKeyId": ("AKIAIOSFODNN7EXAMPLE", "test"),
        "Audience": ("a",),
    },
    "dynamodb": {
        "TableName": ("hostile-table", "hostile-table", "hostile-table", "hostile-new", _TABLE_ARN),
        "TableArn": (_TABLE_ARN,),
        "ResourceArn": (_TABLE_ARN,),
        "IndexName": ("index",),
        "AttributeName": ("k", "s", "g", "a"),
        "StreamArn": (f"{_TABLE_ARN}/stream/2026-01-01T00:00:00.000",),
        "S3Bucket": ("hostile-bucket",),
        "ExpressionAttributeNameVariable": ("#n", "#m"),
        "ExpressionAttributeValueVariable": (":v", ":w", ":x"),
    },
    "sqs": {
        "QueueUrl": (_QUEUE, _QUEUE, f"{_QUEUE}.fifo", f"http://localhost/{_ACCOUNT}/hostile-dead"),
        "QueueName": ("hostile-queue", "hostile-new", "hostile-new.fifo"),
        "WaitTimeSeconds": (0,),
        "MaxNumberOfMessages": (1, 10),
        "VisibilityTimeout": (0, 30),
        "DelaySeconds": (0, 1),
        "DataType": ("String", "Number", "Binary", "String.custom"),
        "ReceiptHandle": ("none", "AQEB" + "a" * 100),
        "SourceArn": (f"arn:aws:sqs:us-east-1:{_ACCOUNT}:hostile-dead",),
        "MessageGroupId": ("a", "b"),
    },
    "sns": {
        "TopicArn": (_TOPIC, _TOPIC, _TOPIC + ".fifo"),
        "ResourceArn": (_TOPIC,),
        "TargetArn": (_TOPIC,),
        "Name": ("hostile-topic", "hostile-new"),
        "Protocol": ("sqs", "sqs", "http", "email", "sms", "application", "lambda"),
        "Endpoint": (f"arn:aws:sqs:us-east-1:{_ACCOUNT}:hostile-queue", "http://127.0.0.1:9/", "a@example.com",
            "+15550100"),
        "PhoneNumber": ("+15550100",),
        "AttributeName": (
            *("FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy", "DeliveryPolicy", "Policy"),
            *("DisplayName", "KmsMasterKeyId", "ContentBasedDeduplication", "SignatureVersion", "ReplayPolicy"),
        ),
        "attributeName": ("FilterPolicy", "RawMessageDelivery", "DeliveryPolicy", "Policy", "RedrivePolicy"),
        "SubscriptionArn": (f"{_TOPIC}:00000000-0000-0000-0000-000000000000",),
        "DataType": ("String", "Number", "Binary", "String.Array"),
        "MessageStructure": ("json",),
        "Message": ("text", '{"default":"a","sqs":"b"}', '{"a":[1,{"b":null}]}'),
    },
}  # fmt: skip


def prepare(fleet: Running) -> None:
    """Make what the requests name, where it is not there; emptied things are filled again."""
    s3, sqs, sns, dynamodb = (fleet.client(name) for name in ("s3", "sqs", "sns", "dynamodb"))
    with suppress(ClientError):
        s3.create_bucket(Bucket="hostile-bucket")
        s3.put_bucket_versioning(Bucket="hostile-bucket", VersioningConfiguration={"Status": "Enabled"})
        for key in ("object", "folder/object", "é/ü"):
            s3.put_object(Bucket="hostile-bucket", Key=key, Body=b"content", Metadata={"a": "b"})
    for name, attributes in (
        ("hostile-dead", {}),
        ("hostile-queue", {}),
        ("hostile-queue.fifo", {"FifoQueue": "true"}),
    ):
        with suppress(ClientError):
            sqs.create_queue(QueueName=name, Attributes=attributes)
    with suppress(ClientError):
        sns.create_topic(Name="hostile-topic.fifo", Attributes={"FifoTopic": "true"})
        sns.create_topic(Name="hostile-topic")
        for name, policy, scope in (
            ("hostile-queue", '{"a":[{"wildcard":"*a*"}],"n":[{"numeric":[">",0]}]}', "MessageAttributes"),
            ("hostile-dead", '{"a":{"b":[{"wildcard":"*a*"}]}}', "MessageBody"),
        ):
            attributes = {"FilterPolicy": policy, "FilterPolicyScope": scope}
            queue = f"arn:aws:sqs:us-east-1:{_ACCOUNT}:{name}"
            sns.subscribe(TopicArn=_TOPIC, Protocol="sqs", Endpoint=queue, Attributes=attributes)
    with suppress(ClientError):
        attributes = [{"AttributeName": name, "AttributeType": "S"} for name in ("k", "g")]
        index = {"IndexName": "index", "Projection": {"ProjectionType": "ALL"}}
        dynamodb.create_table(
            TableName="hostile-table",
            AttributeDefinitions=attributes,
            KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
            GlobalSecondaryIndexes=[{**index, "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}]}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
        for number in range(20):
            item = {
                "k": {"S": str(number)},
                "g": _VALUE,
                "a": {"N": str(number)},
                "b": {"L": [_VALUE, {"M": {"c": _VALUE}}]},
            }
            dynamodb.put_item(TableName="hostile-table", Item=item)
    for client in (s3, sqs, sns, dynamodb):
        client.close()


class Generator:
    """The requests of one service."""

    def __init__(self, service: str, seed: str) -> None:
        self.random = Random(f"{seed}/{service}")
        self.service = service
        self._values = Values(self.random, KNOWN.get(service, {}), Documents(self.random))
        self._mutations = Mutations(self.random)
        names = {"s3": ("s3", "s3", "s3control"), "dynamodb": ("dynamodb", "dynamodb", "dynamodbstreams")}
        self._models = [load_model(name) for name in names.get(service, (service,))]
        packages = {model: package for model, _, package in TABLES}
        self._operations = {
            model.name: sorted(implemented_operations(model.name, packages[model.name])) for model in self._models
        }

    def __next__(self) -> Sent:
        """A request's values, its head and body, or its framing may be odd, or nothing, or it is none at all."""
        random = self.random
        chance = random.random()
        if chance < 0.03:
            return self._mutations.raw()
        if self.service == "s3" and chance < 0.10:
            return self._sent_form()
        if chance > 0.97:
            return plain(control_request(random, self._values.hostile))
        request = self._request(odd_values=chance > 0.35)
        if chance < 0.25:
            return self._mutations.of_message(request)
        if chance < 0.30:
            return self._mutations.of_framing(request)
        return plain(request)

    def _request(self, *, odd_values: bool) -> Request:
        random = self.random
        model = random.choice(self._models)
        operation = self._operation(model)
        if operation.name.startswith(("Delete", "Purge")) and random.random() < 0.8:
            operation = self._operation(model)
        value: Any = self._values.of(operation.input) if operation.input is not None else {}
        if odd_values:
            value = self._values.mutated(value)
        return self._written(model, operation, value)

    def _operation(self, model: ServiceModel) -> OperationModel:
        """Mostly one that is there."""
        names = self._operations[model.name] if self.random.random() < 0.97 else list(model.operations)
        return model.operations[self.random.choice(names)]

    def _written(self, model: ServiceModel, operation: OperationModel, value: Any) -> Request:
        if self.service == "s3":
            return rest_request(operation, value)
        if self.service in ("sns", "sts") or (self.service == "sqs" and self.random.random() < 0.5):
            return query_request(model, operation, value)
        return json_request(model, operation, value)

    def _sent_form(self) -> Sent:
        """An HTML form's upload, of S3."""
        random = self.random
        boundary = random.choice(("b", "-" * 60, "b" * 300, "é", ""))
        fields = {
            "key": random.choice(("form/${filename}", "a", "", "é\x00")),
            "Content-Type": random.choice(("text/plain", "é\r\nX: y", "\x00")),
            "success_action_redirect": random.choice(("http://localhost/", "é", "javascript:x", "http://[")),
            "success_action_status": random.choice(("201", "²", "9" * 5000)),
            "policy": random.choice(("e30=", "é", "W1tbW1tb", "A" * 5000)),
            "x-amz-meta-a": text_of(self._values.hostile()),
            "Expires": text_of(self._values.hostile()),
            "tagging": text_of(self._values.hostile()),
            "x-amz-signature": "0",
            "acl": "private",
        }
        names = random.sample(list(fields), random.randint(1, len(fields)))
        disposition = "Content-Disposition: form-data; name="
        parts = [
            f'--{boundary}\r\n{disposition}"{name}"\r\n\r\n{fields[name][:9000]}\r\n'
            for name in [*names, *random.choice(((), names[:1] * 3000))]
        ]
        parts.append(f'--{boundary}\r\n{disposition}"file"; filename="a"\r\n\r\nabc\r\n--{boundary}--\r\n')
        headers = signed("s3", ("Content-Type", f"multipart/form-data; boundary={boundary}"))
        body = b"".join(to_bytes(part) for part in parts)
        return plain(Request("form upload", "POST", "/hostile-bucket", headers, body))
