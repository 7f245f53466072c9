"""What may be a bucket's name."""

from __future__ import annotations

import re

from awskit.errors import AwsError
from services.s3.errors import invalid_bucket_name

_BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_OLD_BUCKET_NAME = re.compile(r"[A-Za-z0-9._-]{3,255}")
_IP_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
_ACCOUNT_REGIONAL = "account-regional"
_REGIONAL_NAME = re.compile(r".+-[0-9]{12}-[a-z]+(?:-[a-z]+)+-[0-9]+-an")
_RESERVED_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_RESERVED_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--xa-s3", "--table-s3")


def is_valid_bucket_name(name: str) -> bool:
    """Whether a general purpose bucket may be created under this name.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    """
    return (
        _BUCKET_NAME.fullmatch(name) is not None
        and ".." not in name
        and _IP_ADDRESS.fullmatch(name) is None
        and not name.startswith(_RESERVED_PREFIXES)
        and not name.endswith(_RESERVED_SUFFIXES)
    )


def check_bucket_name(name: str) -> None:
    """Raise `InvalidBucketName` where no bucket may be created under this name."""
    if not is_valid_bucket_name(name):
        raise invalid_bucket_name(name)


def check_namespace(name: str, namespace: str | None, account_id: str, region: str) -> None:
    """A name of an account's regional namespace goes with its header, and neither without the other.

    Raises `MissingNamespaceHeader`, `InvalidNamespaceHeader`.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/gpbucketnamespaces.html
    """
    if namespace not in (None, "global", _ACCOUNT_REGIONAL):
        raise _namespace_error("InvalidNamespaceHeader", "The value of the x-amz-bucket-namespace header is invalid.")
    is_regional_name = _REGIONAL_NAME.fullmatch(name) is not None
    if is_regional_name and namespace is None:
        raise _namespace_error(
            "MissingNamespaceHeader",
            "The requested bucket is an account-regional namespace bucket, but your request is missing the required"
            " x-amz-bucket-namespace header.",
        )
    if is_regional_name and namespace != _ACCOUNT_REGIONAL:
        raise _namespace_error(
            "InvalidNamespaceHeader",
            "The x-amz-bucket-namespace header must be account-regional for a bucket name that ends with -an.",
        )
    if namespace == _ACCOUNT_REGIONAL and not name.endswith(f"-{account_id}-{region}-an"):
        raise _namespace_error(
            "InvalidNamespaceHeader",
            "The bucket name must end with the account ID and the Region of the request, followed by -an.",
        )


def _namespace_error(code: str, message: str) -> AwsError:
    return AwsError(code, message, 400, members={"Header": "x-amz-bucket-namespace"})


def is_possible_bucket_name(name: str) -> bool:
    """Whether there may be a bucket of this name, made by today's rules or by old ones."""
    return _OLD_BUCKET_NAME.fullmatch(name) is not None


def check_possible_bucket_name(name: str) -> None:
    """Raise `InvalidBucketName` where there never could be a bucket of this name."""
    if not is_possible_bucket_name(name):
        raise invalid_bucket_name(name)
