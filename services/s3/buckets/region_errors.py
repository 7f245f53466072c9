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
_OPT_IN = frozenset(
    "af-south-1 ap-east-1 ap-east-2 ap-south-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6"
    " ap-southeast-7 ca-west-1 eu-central-2 eu-south-1 eu-south-2 il-central-1 me-central-1 me-south-1"
    " mx-central-1".split()
)
"""Regions that are younger than March 20, 2019: other regions' endpoints refuse their buckets and redirect nobody."""


def wrong_endpoint(request: HttpRequest, bucket: Bucket, meaning: HostMeaning) -> AwsError:
    """The endpoint is another region's than the bucket's."""
    if bucket.region in _OPT_IN:
        return _illegal_location(bucket.region)
    return _permanent_redirect(request, bucket, meaning)


def _illegal_location(region: str) -> AwsError:
    return AwsError(
        "IllegalLocationConstraintException",
        f"The {region} location constraint is incompatible for the region specific endpoint this request was sent to.",
        headers=_header(region),
    )


def temporary_redirect(request: HttpRequest, endpoint: str, bucket: Bucket) -> AwsError:
    """307: the DNS of S3's global endpoint does not know yet where the bucket, which is new, is.

    `endpoint` is what the client called: its scheme stays. In a region that redirects nobody it is refused instead.
    """
    if bucket.region in _OPT_IN:
        return _illegal_location(bucket.region)
    host = f"{bucket.name}.s3.{bucket.region}.{_domain(request, bucket)}"
    path = request.path.removeprefix(f"/{bucket.name}") or "/"
    query = f"?{request.query_string}" if request.query_string else ""
    return AwsError(
        "TemporaryRedirect",
        "Please re-send this request to the specified temporary endpoint. Continue to use the original request endpoint"
        " for future requests.",
        307,
        members={"Endpoint": host, "Bucket": bucket.name},
        headers={**_header(bucket.region), "location": f"{endpoint.partition('://')[0]}://{host}{path}{query}"},
    )


def _permanent_redirect(request: HttpRequest, bucket: Bucket, meaning: HostMeaning) -> AwsError:
    """301: the endpoint is another region's. Its `Endpoint` is one of the fleet's where the client has called that."""
    before = "" if meaning.bucket is None else f"{bucket.name}."
    return AwsError(
        "PermanentRedirect",
        "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future"
        " requests to this endpoint.",
        301,
        members={"Endpoint": f"{before}s3.{bucket.region}.{_domain(request, bucket)}", "Bucket": bucket.name},
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
    return wrong_endpoint(request, bucket, meaning)


def names_global_endpoint(request: HttpRequest, signed: str | None, bucket: Bucket, meaning: HostMeaning) -> bool:
    """Whether the bucket's name stands below S3's global endpoint, or below one that is taken for that.

    `signed` is the region that the request is signed for, None where it is not signed.
    """
    if meaning.bucket != bucket.name or meaning.region is not None or meaning.website:
        return False
    return signed in {None, _LEGACY} or request.header("host").lower().startswith(f"{bucket.name}.s3.")


def _domain(request: HttpRequest, bucket: Bucket) -> str:
    """Below which the regions' endpoints are, as the client called: AWS's, or the fleet's."""
    host, _, port = request.header("host").lower().partition(":")
    if host.endswith((".amazonaws.com", ".amazonaws.com.cn")):
        return dns_suffix_of(bucket.region)
    return f"{_LOCAL}:{port}" if port else _LOCAL


def _header(region: str) -> dict[str, str]:
    return {"x-amz-bucket-region": region}
