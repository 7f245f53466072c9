"""What S3 says to a request that comes to another region than its bucket's. Pure.

In: what was asked, the bucket, and the region for which it was signed or at whose endpoint it came. Out: the `AwsError`
that says where the bucket is; clients then ask again.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/Redirects.html
"""

from __future__ import annotations

from awskit.errors import AwsError
from awskit.resources.arns import dns_suffix_of
from awskit.wire.http import HttpRequest
from services.s3.buckets.virtual_hosts import HostMeaning
from services.s3.store.buckets import Bucket

_LOCAL = "localhost.localstack.cloud"
_LEGACY = "us-east-1"


def permanent_redirect(request: HttpRequest, bucket: Bucket, meaning: HostMeaning) -> AwsError:
    """301: the endpoint is another region's. Its `Endpoint` is one of the fleet's where the client has called that."""
    host, _, port = request.header("host").lower().partition(":")
    if host.endswith((".amazonaws.com", ".amazonaws.com.cn")):
        domain = dns_suffix_of(bucket.region)
    else:
        domain = f"{_LOCAL}:{port}" if port else _LOCAL
    before = "" if meaning.bucket is None else f"{bucket.name}."
    return AwsError(
        "PermanentRedirect",
        "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future"
        " requests to this endpoint.",
        301,
        members={"Endpoint": f"{before}s3.{bucket.region}.{domain}", "Bucket": bucket.name},
        headers=_header(bucket.region),
    )


def wrong_signature(request: HttpRequest, signed: str, expected: str) -> AwsError:
    """400: the request is signed for another region, or for none, than the endpoint's, which is the bucket's."""
    wrong = f"the region '{signed}' is wrong; expecting '{expected}'"
    if "authorization" in request.headers:
        code, message = "AuthorizationHeaderMalformed", f"The authorization header is malformed; {wrong}"
    else:
        code, message = "AuthorizationQueryParametersError", f"Error parsing the X-Amz-Credential parameter; {wrong}"
    return AwsError(code, message, members={"Region": expected}, headers=_header(expected))


def elsewhere(request: HttpRequest, signed: str, bucket: Bucket, meaning: HostMeaning) -> AwsError:
    """The refusal of what is signed for another region than the bucket's.

    Clients sign for the region whose endpoint they mean to call, which then redirects. It is the bucket's own region
    that refuses the signature where the host names that, or where the name of a bucket below S3's global endpoint leads
    there, which clients of us-east-1 take for theirs.
    """
    if meaning.region is not None or (meaning.bucket is not None and signed == _LEGACY):
        return wrong_signature(request, signed, bucket.region)
    return permanent_redirect(request, bucket, meaning)


def _header(region: str) -> dict[str, str]:
    return {"x-amz-bucket-region": region}
