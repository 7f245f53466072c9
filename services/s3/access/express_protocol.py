"""S3's protocol for what is signed for S3 Express, whose requests for `/` are about directory buckets."""

from __future__ import annotations

from awskit.wire.http import HttpRequest
from awskit.wire.model import OperationModel
from awskit.wire.rest_xml import RestXml


class ExpressXml(RestXml):
    """ListDirectoryBuckets has the request line of ListBuckets: what it is signed for tells them apart."""

    def resolve(self, request: HttpRequest) -> OperationModel:
        if request.method == "GET":
            return self.model.operations["ListDirectoryBuckets"]
        return super().resolve(request)


def is_for_express(request: HttpRequest) -> bool:
    """Whether a request for `/` is signed for S3 Express, or sent to its control endpoint."""
    headers = request.headers
    return "/s3express/" in headers.get("authorization", "") or headers.get("host", "").startswith("s3express-control")
