"""What is set on a bucket, as S3's own documents, and changed as such; uploads in parts that are under way."""

from __future__ import annotations

from starlette.responses import Response

from console.frame.errors import NoSuchPage
from console.frame.page import FormPageOf, Page, PageOf
from console.frame.routers import page_router
from console.frame.texts import pretty
from console.interfaces.errors import AwsCallError
from console.interfaces.s3.buckets import (
    SETTINGS,
    Setting,
    delete_setting,
    get_setting,
    head_bucket,
    put_setting,
    setting_named,
)
from console.interfaces.s3.listings import abort_multipart_upload, list_multipart_uploads, uploaded_parts
from console.interfaces.xml_answers import indented
from console.pages.s3.paths import BucketName, crumbs_to

_COUNTED_UPLOADS = 50

router = page_router()


@router.get("/s3/buckets/{bucket}/settings")
async def settings(page: PageOf, bucket: BucketName) -> Response:
    region = await head_bucket(page.aws, bucket)
    documents = []
    for setting in SETTINGS:
        document = await get_setting(page.aws, bucket, setting)
        documents.append((setting, _shown(setting, document), _arns(document)))
    return page.render(
        "s3/settings.html",
        title="Settings",
        crumbs=crumbs_to(page, bucket),
        bucket=bucket,
        region=region,
        documents=documents,
    )


@router.get("/s3/buckets/{bucket}/settings/{name}")
async def edit(page: FormPageOf, bucket: BucketName) -> Response:
    name = page.path["name"]
    setting = _setting(name)
    document = await get_setting(page.aws, bucket, setting)
    return _form(page, bucket, setting, _shown(setting, document), is_set=bool(document))


@router.post("/s3/buckets/{bucket}/settings/{name}")
async def change(page: PageOf, bucket: BucketName) -> Response:
    name = page.path["name"]
    setting = _setting(name)
    form = await page.form()
    document = str(form.get("document", "")).strip()
    try:
        if "remove" in form:
            await delete_setting(page.aws, bucket, setting)
        else:
            await put_setting(page.aws, bucket, setting, document)
    except AwsCallError as error:
        return _form(page, bucket, setting, document, is_set=True, error=str(error))
    page.flash(f"{setting.label}: {'nothing is set any more' if 'remove' in form else 'set'}.")
    return page.redirect(page.url("s3", "buckets", bucket, "settings"))


def _form(page: Page, bucket: str, setting: Setting, document: str, *, is_set: bool, error: str = "") -> Response:
    return page.render(
        "s3/setting.html",
        title=setting.label,
        crumbs=(*crumbs_to(page, bucket), ("Settings", page.url("s3", "buckets", bucket, "settings"))),
        setting=setting,
        example=_shown(setting, setting.example.replace("BUCKET", bucket)),
        document=document,
        is_set=is_set,
        error=error,
        status=400 if error else 200,
    )


def _setting(name: str) -> Setting:
    try:
        return setting_named(name)
    except KeyError:
        raise NoSuchPage(f"a bucket has no setting {name!r}") from None


def _shown(setting: Setting, document: str) -> str:
    return pretty(document) if setting.is_json else indented(document)


def _arns(document: str) -> list[str]:
    """Those of other services' resources, such as the queues that events go to."""
    words = document.replace("<", " ").replace(">", " ").replace('"', " ").split()
    return list(dict.fromkeys(word for word in words if word.startswith("arn:aws:") and ":::" not in word))


@router.get("/s3/buckets/{bucket}/uploads")
async def uploads(page: PageOf, bucket: BucketName) -> Response:
    found = await list_multipart_uploads(page.aws, bucket)
    rows = [
        (one, await uploaded_parts(page.aws, bucket, one) if number < _COUNTED_UPLOADS else (None, None))
        for number, one in enumerate(found)
    ]
    return page.render(
        "s3/uploads.html", title="Uploads in parts", crumbs=crumbs_to(page, bucket), bucket=bucket, uploads=rows
    )


@router.get("/s3/buckets/{bucket}/uploads/abort")
async def ask_abort(page: FormPageOf, bucket: BucketName) -> Response:
    key = page.needed("key")
    upload = page.needed("upload")
    return page.confirm(
        title="Abort this upload?",
        question="The parts that have been uploaded go.",
        button="Abort the upload",
        cancel=page.url("s3", "buckets", bucket, "uploads"),
        hits=(("Bucket", bucket), ("Key", key), ("Upload", upload)),
        crumbs=crumbs_to(page, bucket),
    )


@router.post("/s3/buckets/{bucket}/uploads/abort")
async def abort(page: PageOf, bucket: BucketName) -> Response:
    key = page.needed("key")
    upload = page.needed("upload")
    await abort_multipart_upload(page.aws, bucket, key, upload)
    page.flash("The upload is aborted.")
    return page.redirect(page.url("s3", "buckets", bucket, "uploads"))
