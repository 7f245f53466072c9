"""Buckets, and what is set on them."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from console.interfaces.aws_client import AwsClient
from console.interfaces.errors import AwsCallError
from console.interfaces.xml_answers import moment, parse_xml, text

_USUAL_REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class Bucket:
    """`created` in epoch seconds."""

    name: str
    created: float | None
    region: str


@dataclass(frozen=True, slots=True)
class Setting:
    """A sub-resource of a bucket: the query's name of it, what it is called, whether it is JSON, how to be rid of it.

    `can_be_deleted`: by DELETE of the sub-resource. `empty`: what is put where nothing is to be set.
    """

    name: str
    label: str
    is_json: bool = False
    can_be_deleted: bool = True
    example: str = ""


SETTINGS = (
    Setting(
        "versioning",
        "Versioning",
        can_be_deleted=False,
        example="<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>",
    ),
    Setting(
        "notification",
        "Event notifications",
        can_be_deleted=False,
        example=(
            "<NotificationConfiguration><QueueConfiguration><Queue>arn:aws:sqs:us-east-1:000000000000:orders</Queue>"
            "<Event>s3:ObjectCreated:*</Event></QueueConfiguration></NotificationConfiguration>"
        ),
    ),
    Setting(
        "policy",
        "Bucket policy",
        is_json=True,
        example=(
            '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",'
            ' "Resource": "arn:aws:s3:::BUCKET/*"}]}'
        ),
    ),
    Setting(
        "cors",
        "Cross-origin requests (CORS)",
        example=(
            "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule>"
            "</CORSConfiguration>"
        ),
    ),
    Setting(
        "lifecycle",
        "Lifecycle rules",
        example=(
            "<LifecycleConfiguration><Rule><ID>old</ID><Filter><Prefix>logs/</Prefix></Filter><Status>Enabled</Status>"
            "<Expiration><Days>30</Days></Expiration></Rule></LifecycleConfiguration>"
        ),
    ),
    Setting(
        "tagging",
        "Tags",
        example="<Tagging><TagSet><Tag><Key>team</Key><Value>shop</Value></Tag></TagSet></Tagging>",
    ),
    Setting(
        "encryption",
        "Default encryption",
        example=(
            "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256"
            "</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>"
        ),
    ),
    Setting(
        "publicAccessBlock",
        "Block public access",
        example=(
            "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true"
            "</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true"
            "</RestrictPublicBuckets></PublicAccessBlockConfiguration>"
        ),
    ),
    Setting(
        "ownershipControls",
        "Object ownership",
        example=(
            "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>"
        ),
    ),
    Setting(
        "website",
        "Static website",
        example=(
            "<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument></WebsiteConfiguration>"
        ),
    ),
    Setting(
        "object-lock",
        "Object lock",
        can_be_deleted=False,
        example=("<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>"),
    ),
    Setting(
        "replication",
        "Replication",
        example="<ReplicationConfiguration><Role>arn:aws:iam::000000000000:role/r</Role></ReplicationConfiguration>",
    ),
    Setting("logging", "Access logs", can_be_deleted=False, example="<BucketLoggingStatus/>"),
)


async def list_buckets(
    client: AwsClient, prefix: str = "", token: str = "", most: int = 100
) -> tuple[list[Bucket], str]:
    """A page of them, and where the next one goes on (empty: nowhere)."""
    query = {"max-buckets": str(most)}
    if prefix:
        query["prefix"] = prefix
    if token:
        query["continuation-token"] = token
    document = parse_xml((await client.rest("ListBuckets", "GET", "/", query)).body)
    found = [
        Bucket(text(one, "Name"), moment(one, "CreationDate"), text(one, "BucketRegion"))
        for one in document.iterfind("Buckets/Bucket")
    ]
    return found, text(document, "ContinuationToken")


async def notifications_to(client: AwsClient, bucket: str, arn: str) -> list[str]:
    """The events of which the bucket tells the queue or topic with this ARN."""
    answer = await client.rest("GetBucketNotificationConfiguration", "GET", f"/{bucket}", {"notification": ""})
    return [
        event.text or ""
        for configuration in parse_xml(answer.body)
        if arn in (text(configuration, "Queue"), text(configuration, "Topic"))
        for event in configuration.iterfind("Event")
    ]


async def create_bucket(client: AwsClient, bucket: str, *, object_lock: bool = False) -> None:
    """In the client's region."""
    body = b""
    if client.region != _USUAL_REGION:
        where = f"<LocationConstraint>{escape(client.region, quote=False)}</LocationConstraint>"
        body = f"<CreateBucketConfiguration>{where}</CreateBucketConfiguration>".encode()
    headers = {"x-amz-bucket-object-lock-enabled": "true"} if object_lock else {}
    await client.rest("CreateBucket", "PUT", f"/{bucket}", None, headers, body)


async def delete_bucket(client: AwsClient, bucket: str) -> None:
    await client.rest("DeleteBucket", "DELETE", f"/{bucket}")


async def head_bucket(client: AwsClient, bucket: str) -> str:
    """The bucket's region. Raises `AwsCallError`, 404 where there is none."""
    return (await client.rest("HeadBucket", "HEAD", f"/{bucket}")).header("x-amz-bucket-region")


async def is_versioned(client: AwsClient, bucket: str) -> bool:
    """Whether it keeps versions, or has kept some."""
    answer = await client.rest("GetBucketVersioning", "GET", f"/{bucket}", {"versioning": ""})
    return bool(text(parse_xml(answer.body), "Status"))


async def get_setting(client: AwsClient, bucket: str, setting: Setting) -> str:
    """The document, as S3 gives it; empty where nothing is set."""
    try:
        answer = await client.rest(f"GetBucket {setting.name}", "GET", f"/{bucket}", {setting.name: ""})
    except AwsCallError as error:
        if error.status == 404 and error.code != "NoSuchBucket":
            return ""
        raise
    said = answer.body.decode("utf-8", "replace")
    # a root without anything in it is what S3 says of what has never been set
    return said if setting.is_json or len(parse_xml(answer.body)) else ""


async def put_setting(client: AwsClient, bucket: str, setting: Setting, document: str) -> None:
    headers = {"content-type": "application/json" if setting.is_json else "application/xml"}
    operation = f"PutBucket {setting.name}"
    await client.rest(operation, "PUT", f"/{bucket}", {setting.name: ""}, headers, document.encode())


async def delete_setting(client: AwsClient, bucket: str, setting: Setting) -> None:
    await client.rest(f"DeleteBucket {setting.name}", "DELETE", f"/{bucket}", {setting.name: ""})


def setting_named(name: str) -> Setting:
    """KeyError where there is none."""
    found = next((setting for setting in SETTINGS if setting.name == name), None)
    if found is None:
        raise KeyError(name)
    return found
