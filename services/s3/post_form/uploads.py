"""The upload that a form is: its policy, its object, and the answer or redirect that it asks for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import quote, unquote, urlencode, urlsplit

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.context import RequestContext
from awskit.service.operation import Output
from awskit.wire.http import HttpRequest, HttpResponse
from awskit.wire.rest_xml import RestXml
from awskit.wire.xml_reader import XmlError, parse_document
from services.s3.access.form_signatures import check_form
from services.s3.access.guard import permit_form
from services.s3.bodies.body_claims import claims_of
from services.s3.bodies.body_receiver import receive
from services.s3.buckets.directory_bucket_names import is_directory_bucket
from services.s3.buckets.virtual_hosts import object_url
from services.s3.errors import invalid_argument, malformed_xml
from services.s3.objects import tags
from services.s3.objects.keys import encode_key
from services.s3.objects.new_bodies import commit_body
from services.s3.objects.user_metadata import header_safe
from services.s3.objects.writing import check_upload, store_object
from services.s3.post_form import policy
from services.s3.post_form.policy import SizeBounds
from services.s3.post_form.reader import FormReader
from services.s3.runtime import S3Context, S3Runtime

# Fields that are not PutObject's headers.
_OWN = frozenset(
    {"key", "policy", "signature", "awsaccesskeyid", "file", "success_action_redirect", "redirect",
     "success_action_status", "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature",
     "x-amz-security-token", "tagging", "acl", "bucket", "content-length"}
)  # fmt: skip


class PostForms:
    """Browser uploads to one service."""

    def __init__(self, runtime: S3Runtime, protocol: RestXml) -> None:
        self._runtime = runtime
        self._protocol = protocol

    async def answer(self, request: HttpRequest) -> HttpResponse:
        """The answer to a form. Raises `AwsError`."""
        bucket, _, rest = request.path.removeprefix("/").partition("/")
        if not bucket or rest or is_directory_bucket(bucket):
            raise AwsError("MethodNotAllowed", "The specified method is not allowed against this resource.", 405)
        request.operation = "PostObject"
        stream = request.stream
        assert stream is not None
        form = FormReader(stream, request.header("content-type"))
        await form.read_fields()
        fields = form.fields
        if not fields.get("key"):
            raise invalid_argument(
                "Bucket POST must contain a field named 'key'.  If it is specified, please check the"
                " order of the fields.",
                "key",
                "",
            )
        if form.filename is not None:
            fields["key"] = fields["key"].replace("${filename}", form.filename)
        bucket = unquote(bucket)
        now = self._runtime.clock.now()
        caller, identity = check_form(self._runtime, fields)
        bounds = SizeBounds()
        if "policy" in fields:
            bounds = policy.check(fields["policy"], fields, bucket, now)
        context: S3Context = RequestContext(
            self._runtime,
            caller.account_id,
            caller.region,
            request.id,
            "PostObject",
            now,
            request,
            caller.access_key_id,
            _never,
            identity=identity,
        )
        request.context, request.input = context, {"Bucket": bucket, "Key": fields["key"]}
        return await self._upload(context, bucket, form, bounds)

    async def _upload(self, context: S3Context, bucket: str, form: FormReader, bounds: SizeBounds) -> HttpResponse:
        fields = form.fields
        key = fields["key"]
        headers = {
            name: value if name.startswith("x-amz-") else header_safe(value)
            for name, value in fields.items()
            if name not in _OWN
        }
        if "acl" in fields:
            headers["x-amz-acl"] = fields["acl"]
        if "tagging" in fields:
            headers["x-amz-tagging"] = self._tagging(fields["tagging"])
        synthetic = HttpRequest("PUT", f"/{quote(bucket)}/{quote(key)}", "", headers)
        input = self._protocol.parse(self._protocol.model.operations["PutObject"], synthetic)
        claims = claims_of(input, headers)
        encoded = encode_key(key)
        runtime = self._runtime

        def check(transaction: Transaction) -> None:
            permit_form(transaction, context, input)
            check_upload(context, input, encoded, claims, transaction)

        await runtime.database.read(check)
        received = await receive(_bounded(form.file(), bounds), claims, runtime.blobs, runtime.settings.inline_limit)

        def store(transaction: Transaction) -> Output:
            return store_object(context, input, encoded, claims, received, transaction, "ObjectCreated:Post")

        if received.size < bounds.least:
            received.discard(runtime.blobs)
            raise AwsError(
                "EntityTooSmall",
                "Your proposed upload is smaller than the minimum allowed size",
                members={"ProposedSize": str(received.size), "MinSizeAllowed": str(bounds.least)},
            )
        output = await commit_body(runtime, received, store)
        answered = self._protocol.serialize(self._protocol.model.operations["PutObject"], output, context.request_id)
        return _response(context, fields, bucket, output["ETag"], answered.headers)

    def _tagging(self, document: str) -> str:
        """The `tagging` field's XML as the `x-amz-tagging` header would have it; "" for a document of another kind."""
        try:
            if parse_document(document.encode()).name != "Tagging":
                return ""
        except XmlError:
            raise malformed_xml() from None
        request = HttpRequest("PUT", "/bucket/key", "tagging", {}, document.encode())
        tagging = self._protocol.parse(self._protocol.model.operations["PutObjectTagging"], request)["Tagging"]
        pairs = tags.of_tag_set(tagging.get("TagSet") or (), tags.OBJECT_LIMIT)
        return urlencode([(key, value) for key, value in pairs])


async def _never() -> None:
    """A form's upload has no one waiting for its client to go."""


async def _bounded(source: AsyncIterator[bytes], bounds: SizeBounds) -> AsyncIterator[bytes]:
    size = 0
    async for chunk in source:
        size += len(chunk)
        if bounds.most is not None and size > bounds.most:
            raise AwsError(
                "EntityTooLarge",
                "Your proposed upload exceeds the maximum allowed size",
                members={"ProposedSize": str(size), "MaxSizeAllowed": str(bounds.most)},
            )
        yield chunk


def _response(
    context: S3Context, fields: dict[str, str], bucket: str, etag: str, answered: list[tuple[str, str]]
) -> HttpResponse:
    """The answer that the form asks for, with the headers that a PutObject has `answered`."""
    key = fields["key"]
    location = object_url(context.endpoint, context.runtime.settings.hostname, bucket, key)
    headers = [("Location", location), *answered]
    redirect = fields.get("success_action_redirect") or fields.get("redirect")
    if redirect and _is_web_address(redirect):
        separator = "&" if "?" in redirect else "?"
        query = urlencode({"bucket": bucket, "key": key, "etag": etag})
        headers[0] = ("Location", f"{redirect}{separator}{query}")
        return HttpResponse(303, headers)
    status = fields.get("success_action_status")
    if status == "200":
        return HttpResponse(200, headers)
    if status != "201":
        return HttpResponse(204, headers)
    from html import escape  # with its table of entities a third of a megabyte, for an answer that is seldom given

    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<PostResponse><Location>{escape(location)}</Location><Bucket>{escape(bucket)}</Bucket>"
        f"<Key>{escape(key)}</Key><ETag>{escape(etag)}</ETag></PostResponse>"
    )
    return HttpResponse(201, [*headers, ("Content-Type", "application/xml")], body.encode())


def _is_web_address(text: str) -> bool:
    try:
        return urlsplit(text).scheme in ("http", "https")
    except ValueError:  # an address in brackets that is none
        return False
