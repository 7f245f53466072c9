"""The S3 service's settings."""

from __future__ import annotations

from dataclasses import dataclass

from awskit.settings import ServiceSettings, setting


@dataclass(frozen=True)
class S3Settings(ServiceSettings):
    """See `awskit.settings`."""

    database_url: str | None = setting(
        None, "RUSTSTACK_S3_DATABASE_URL", help="the S3 service's database; default: s3.db in the data directory"
    )
    inline_limit: int = setting(
        64 * 1024, "RUSTSTACK_S3_INLINE_LIMIT", help="bytes up to which an object lies in the database itself"
    )
    skip_signature_validation: bool = setting(
        False,
        "RUSTSTACK_S3_SKIP_SIGNATURE_VALIDATION",
        "S3_SKIP_SIGNATURE_VALIDATION",
        help="1: presigned URLs are not verified, except with RUSTSTACK_AUTH=enforce",
    )
    default_ownership: str = setting(
        "BucketOwnerEnforced",
        "RUSTSTACK_S3_DEFAULT_OWNERSHIP",
        help="object ownership of new buckets; ObjectWriter gives them ACLs, as before April 2023",
    )
    block_public_access: bool = setting(
        True, "RUSTSTACK_S3_BLOCK_PUBLIC_ACCESS", help="0: new buckets do not block public access, as before April 2023"
    )
    default_encryption: bool = setting(
        True,
        "RUSTSTACK_S3_DEFAULT_ENCRYPTION",
        help="0: new buckets have no encryption configuration, as before January 2023",
    )
    strict_regions: bool = setting(
        False,
        "RUSTSTACK_S3_STRICT_REGIONS",
        help="1: a bucket is reached by what is signed for its region only, as always where signatures are verified",
    )
    dns_seconds: float = setting(
        0.0,
        "RUSTSTACK_S3_DNS_SECONDS",
        help="with strict regions: seconds until S3's global endpoint knows where a new bucket is; it answers meanwhile"
        " 307 TemporaryRedirect",
    )
    hostname: str = setting(
        "", "RUSTSTACK_HOSTNAME", "LOCALSTACK_HOST", help="host name (and port) under which clients reach the fleet"
    )
