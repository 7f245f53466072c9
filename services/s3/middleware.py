"""What stands around an S3 request: hosts that name a bucket, browsers' cross-origin questions, forms, websites."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import perf_counter
from urllib.parse import unquote

from awskit.database import Database
from awskit.errors import AwsError
from awskit.http.browsers import Browsers, page_headers
from awskit.service.application import Handle, Middleware
from awskit.wire.http import HttpRequest, HttpResponse
from awskit.wire.protocol import OperationShape
from awskit.wire.rest_xml import RestXml, host_id
from services.s3.access_logs.access_log import AccessLog
from services.s3.access_points import arrival as access_points
from services.s3.access_points.addresses import may_name_one
from services.s3.buckets import website
from services.s3.buckets.catalog import named_bucket
from services.s3.buckets.cross_origin import CrossOrigin
from services.s3.buckets.region_errors import wrong_endpoint
from services.s3.buckets.virtual_hosts import HostMeaning, meaning_of
from services.s3.post_form import PostForms
from services.s3.request_checks import check_head, check_is_form
from services.s3.runtime import S3Runtime
from services.s3.store import buckets

_PLAIN = frozenset({"GET", "PUT", "HEAD", "DELETE"})


def middleware(runtime: S3Runtime, protocol: RestXml, log: AccessLog) -> Middleware:
    """The middleware of one service; see the module."""
    hostname = runtime.settings.hostname
    cross_origin = CrossOrigin(runtime.database, Browsers.of(runtime.settings))
    forms = PostForms(runtime, protocol)

    async def answer(request: HttpRequest, handle: Handle, meaning: HostMeaning) -> HttpResponse:
        if meaning.region is not None:
            await check_region(runtime.database, request, meaning)
        if request.method == "OPTIONS":
            response = await cross_origin.preflight(request)
            response.headers.extend([("x-amz-request-id", request.id), ("x-amz-id-2", host_id(request.id))])
            return response
        if request.method == "POST":
            if request.header("content-type").startswith("multipart/form-data"):
                return await forms.answer(request)
            check_is_form(request)
        return await handle(request)

    async def around(request: HttpRequest, handle: Handle) -> HttpResponse:
        meaning = meaning_of(request.headers.get("host", ""), hostname)
        signed_path = request.path
        if meaning.website and meaning.bucket is not None and request.method != "OPTIONS":
            return await _site(runtime.database, cross_origin, meaning.bucket, request, handle)
        names_bucket = _take_bucket(request, meaning)
        started = perf_counter()
        try:
            if may_name_one(request.path, meaning.access_point):
                await _arrive(runtime.database, request, meaning, signed_path, names_bucket=names_bucket)
            if "origin" in request.headers:
                await cross_origin.check(request)
            check_head(request)
            if request.method in _PLAIN and meaning.region is None:
                response = await handle(request)
            else:
                response = await answer(request, handle, meaning)
        except AwsError as error:
            request.error = (error.code, error.message)
            response = protocol.serialize_error(error, request, None, request.id)
        if "origin" in request.headers and request.method != "OPTIONS":
            response.headers.extend(await cross_origin.headers_of(request))
        response.headers.extend(page_headers(request))
        if log.may_note() or request.query_string.startswith("logging"):
            await _note(log, request, response, perf_counter() - started)
        return response

    return around


async def _note(log: AccessLog, request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    if log.may_note():
        await log.note(bucket_of(request), request, response, seconds)
    if request.method == "PUT" and request.query_string.startswith("logging"):
        log.forget_configurations()


def _take_bucket(request: HttpRequest, meaning: HostMeaning) -> bool:
    """Put the bucket that the host names in the request's path. Whether it names one."""
    if meaning.bucket is None or _is_of_s3_control(request):
        return False
    request.path = f"/{meaning.bucket}{request.path}"
    return True


async def _arrive(
    database: Database, request: HttpRequest, meaning: HostMeaning, signed_path: str, *, names_bucket: bool
) -> None:
    """Put the bucket in the path of a request that names an access point. Raises `NoSuchAccessPoint`."""
    if meaning.access_point is not None and meaning.bucket is None:
        await access_points.by_host(database, request, meaning)
    elif not (names_bucket and meaning.access_point) or not await access_points.by_host_of_bucket(
        database, request, meaning, signed_path
    ):
        await access_points.by_path(database, request, signed_path)


def bucket_first(database: Database) -> Callable[[HttpRequest, OperationShape, AwsError], Awaitable[None]]:
    """What raises `NoSuchBucket` for a document that is malformed: S3 looks for the bucket before it reads that."""

    async def check(request: HttpRequest, shape: OperationShape, error: AwsError) -> None:
        name = bucket_of(request)
        if error.code not in ("MalformedXML", "MissingRequestBodyError") or shape.name == "CreateBucket" or not name:
            return
        if shape.service == "s3":
            await database.read(lambda transaction: named_bucket(transaction, name))

    return check


async def _site(
    database: Database, cross_origin: CrossOrigin, bucket: str, request: HttpRequest, handle: Handle
) -> HttpResponse:
    """A website's answer, with what it says to other origins' pages."""
    response = await website.serve(database, bucket, request, handle)
    if "origin" in request.headers:
        request.path = f"/{bucket}{request.path}"
        response.headers.extend(await cross_origin.headers_of(request))
    return response


def _is_of_s3_control(request: HttpRequest) -> bool:
    """S3 Control's clients put the account, not a bucket, before the host's name."""
    return "x-amz-account-id" in request.headers and request.path.startswith("/v20180820/")


async def check_region(database: Database, request: HttpRequest, meaning: HostMeaning) -> None:
    """The endpoint of a region has only its own buckets; an error tells where another one is."""
    name = bucket_of(request)
    bucket = await database.read(lambda transaction: buckets.find(transaction, name))
    if bucket is not None and bucket.region != meaning.region and not _asks_where(request):
        raise wrong_endpoint(request, bucket, meaning)


def _asks_where(request: HttpRequest) -> bool:
    """GetBucketLocation is answered everywhere."""
    return request.method == "GET" and request.query_string.partition("&")[0].rstrip("=") == "location"


def bucket_of(request: HttpRequest) -> str:
    """The name of the bucket in the path, "" where there is none."""
    name = request.path.removeprefix("/").partition("/")[0]
    return unquote(name) if "%" in name else name
