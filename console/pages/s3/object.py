"""One object: what it is, its beginning, its metadata and tags, and addresses to fetch it by."""

from __future__ import annotations

from starlette.responses import Response

from console.frame.forms import written_text
from console.frame.page import FormPageOf, PageOf
from console.frame.routers import page_router
from console.interfaces.errors import AwsCallError
from console.interfaces.s3.listings import list_object_versions
from console.interfaces.s3.objects import get_beginning, get_tags, head_object, put_object, put_tags
from console.pages.s3.browser import presigner
from console.pages.s3.paths import BucketName, crumbs_to, object_url, prefix_of
from console.pages.s3.previews import PREVIEWED, preview_of

_EXPIRIES = {300: "5 minutes", 3600: "1 hour", 43_200: "12 hours", 604_800: "7 days"}
_VERSIONS = 50

router = page_router()


@router.get("/s3/buckets/{bucket}/object")
async def show(page: PageOf, bucket: BucketName) -> Response:
    key = page.needed("key")
    version = page.query.get("version", "")
    head = await head_object(page.aws, bucket, key, version)
    beginning = await get_beginning(page.aws, bucket, key, version, PREVIEWED) if head.size else b""
    signs = presigner(page)
    of_version = {"versionId": version} if version else {}
    asked = page.query.get("expires", "")
    seconds = next((one for one in _EXPIRIES if str(one) == asked), 3600)
    path = f"/{bucket}/{key}"
    as_file = {**of_version, "response-content-disposition": "attachment"}
    versions = await list_object_versions(page.aws, bucket, key, "", most=_VERSIONS)
    return page.render(
        "s3/object.html",
        title=key[len(prefix_of(key)) :] or key,
        crumbs=crumbs_to(page, bucket, prefix_of(key)),
        bucket=bucket,
        key=key,
        version=version,
        head=head,
        tags=await _tags(page, bucket, key, version),
        preview=preview_of(beginning, head.size, head.content_type, key),
        versions=[
            one for one in versions.objects if one.key == key and (one.version_id != "null" or not one.is_latest)
        ],
        presigned=signs.url("GET", path, seconds, of_version),
        download=signs.url("GET", path, 3600, as_file),
        expires=seconds,
        expiries=_EXPIRIES.items(),
    )


async def _tags(page: PageOf, bucket: str, key: str, version: str) -> dict[str, str] | None:
    """None where who asks may not see them."""
    try:
        return await get_tags(page.aws, bucket, key, version)
    except AwsCallError as error:
        if error.status == 403:
            return None
        raise


@router.post("/s3/buckets/{bucket}/object/tags")
async def change_tags(page: PageOf, bucket: BucketName) -> Response:
    """One `name=value` a line; the tags that there were go."""
    key = page.needed("key")
    version = page.query.get("version", "")
    lines = str((await page.form()).get("tags", "")).splitlines()
    tags = {line.partition("=")[0].strip(): line.partition("=")[2].strip() for line in lines if line.strip()}
    await put_tags(page.aws, bucket, key, version, tags)
    page.flash("The tags are set.")
    return page.redirect(object_url(page, bucket, key, version))


@router.get("/s3/buckets/{bucket}/create-object")
async def create_form(page: FormPageOf, bucket: BucketName) -> Response:
    prefix = page.query.get("prefix", "")
    given = {"key": prefix, "content_type": "application/json", "body": ""}
    return page.render(
        "s3/create_object.html",
        title="Write an object",
        crumbs=crumbs_to(page, bucket, prefix),
        given=given,
        error="",
    )


@router.post("/s3/buckets/{bucket}/create-object")
async def create(page: PageOf, bucket: BucketName) -> Response:
    form = await page.form()
    given = {name: str(form.get(name, "")) for name in ("key", "content_type", "body")}
    body = written_text(form, "body").encode("utf-8", "replace")
    try:
        await put_object(page.aws, bucket, given["key"], body, given["content_type"])
    except (AwsCallError, ValueError) as error:
        return page.render(
            "s3/create_object.html",
            title="Write an object",
            crumbs=crumbs_to(page, bucket),
            given=given,
            error=str(error),
            status=400,
        )
    page.flash(f"{given['key']} is there.")
    return page.redirect(object_url(page, bucket, given["key"]))
