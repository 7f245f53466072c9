"""What S3 refuses of a request's head, whatever its operation. Raised: `AwsError`."""

from __future__ import annotations

from urllib.parse import unquote

from awskit.errors import AwsError
from awskit.wire.http import HttpRequest
from services.s3.errors import invalid_argument, invalid_request, precondition_failed

# Sub-resources of buckets that S3 names where they are asked of a key.
_BUCKETS_ALONE = frozenset({"versions", "uploads", "delete"})
# What an upload says once, when it is created or copied as a whole.
_NOT_OF_PARTS = frozenset({"x-amz-tagging", "x-amz-tagging-directive", "x-amz-metadata-directive"})
_ENCRYPTION = "x-amz-server-side-encryption"


def check_head(request: HttpRequest) -> None:
    """Cheap for what is common: nothing but look-ups where the path does not climb and there is no query."""
    if "/.." in request.path or "%2" in request.path:
        _check_path(request.path)
    if _ENCRYPTION in request.headers and request.method in ("GET", "HEAD") and not _is_session(request):
        raise _no_encryption(request)
    query = request.query_string
    if not query:
        return
    if "authorization" in request.headers and ("X-Amz-Algorithm=" in query or "Signature=" in query):
        raise invalid_argument(
            "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string"
            " parameter or the Authorization header should be specified",
            "Authorization",
            request.headers["authorization"],
        )
    name = query.partition("&")[0].partition("=")[0]
    if name not in _BUCKETS_ALONE or "uploadId" in query:
        return
    if request.method == "HEAD" or (name == "uploads" and request.method == "POST"):
        return
    if _is_of_key(request.path):
        raise invalid_request(f"There is no such thing as the ?{name} sub-resource for a key")


def _is_session(request: HttpRequest) -> bool:
    """CreateSession is a GET that says how what is uploaded by it is to be encrypted."""
    return request.query_string.partition("&")[0].rstrip("=") == "session"


def check_is_form(request: HttpRequest) -> None:
    """A POST to a bucket that names no sub-resource has to be a browser's form."""
    if not request.query_string and request.path != "/" and not _is_of_key(request.path):
        raise precondition_failed("Bucket POST must be of the enclosure-type multipart/form-data")


def check_has_length(request: HttpRequest) -> None:
    """S3 takes bodies of unknown length framed by `aws-chunked` alone, whose head tells how long they are."""
    headers = request.headers
    if "transfer-encoding" in headers and "content-length" not in headers:
        if "x-amz-decoded-content-length" in headers:
            return
        raise AwsError(
            "NotImplemented",
            "A header you provided implies functionality that is not implemented",
            501,
            members={"Header": "Transfer-Encoding"},
        )


def check_part_headers(request: HttpRequest) -> None:
    """A part has nothing of its own but its content: what is said of the object is said of the upload."""
    for name, value in request.headers.items():
        if name.startswith("x-amz-meta-"):
            raise invalid_argument("Metadata cannot be specified in this context.", name, value)
        if name in _NOT_OF_PARTS:
            raise invalid_argument("The specified header is not valid in this context", name, value)
        if name == _ENCRYPTION:
            raise _no_encryption(request)


def _no_encryption(request: HttpRequest) -> AwsError:
    return invalid_argument(
        f"{_ENCRYPTION} header is not supported for this operation.", _ENCRYPTION, request.headers[_ENCRYPTION]
    )


def _is_of_key(path: str) -> bool:
    return bool(path.removeprefix("/").partition("/")[2])


def _check_path(path: str) -> None:
    """A key whose `..` segments lead out of its bucket: 400, and no body that would say more.

    An empty segment is one to come back from, `.` is none: `/.././name` is a key.
    """
    depth = 0
    for segment in unquote(path).removeprefix("/").split("/")[1:]:
        depth += -1 if segment == ".." else 0 if segment == "." else 1
        if depth < 0:
            raise AwsError("", "Bad Request", 400)
