"""The buckets of the account; a new one, and one less."""

from __future__ import annotations

from starlette.responses import Response

from console.frame.page import FormPageOf, PageOf
from console.frame.routers import page_router
from console.frame.tables import sorted_rows
from console.interfaces.errors import AwsCallError
from console.interfaces.s3.buckets import create_bucket, delete_bucket, list_buckets, put_setting, setting_named
from console.interfaces.s3.listings import list_object_versions
from console.interfaces.s3.objects import delete_objects
from console.pages.s3.paths import BucketName, bucket_url, crumbs_to

_BATCH = 1000
_MOST_BATCHES = 20

router = page_router()


@router.get("/s3/buckets")
async def buckets(page: PageOf) -> Response:
    q = page.query.get("q", "")
    token = page.query.get("token", "")
    if not page.state.services["s3"].answers:
        return page.render("s3/buckets.html", title="Buckets", buckets=[], next_token="", q=q)
    found, next_token = await list_buckets(page.aws, q, token)
    by = {"name": lambda one: one.name, "created": lambda one: one.created, "region": lambda one: one.region}
    rows = sorted_rows(found, page.query, by)
    return page.render("s3/buckets.html", title="Buckets", buckets=rows, next_token=next_token, q=q)


@router.get("/s3/create-bucket")
async def create_form(page: FormPageOf) -> Response:
    given = {"name": page.query.get("name", ""), "versioning": False, "object_lock": False}
    return page.render("s3/create_bucket.html", title="Create a bucket", crumbs=crumbs_to(page), given=given, error="")


@router.post("/s3/create-bucket")
async def create(page: PageOf) -> Response:
    form = await page.form()
    name = str(form.get("name", "")).strip()
    given = {"name": name, "versioning": "versioning" in form, "object_lock": "object_lock" in form}
    try:
        await create_bucket(page.aws, name.replace("/", "%2F"), object_lock=bool(given["object_lock"]))
        if given["versioning"]:
            enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
            await put_setting(page.aws, name, setting_named("versioning"), enabled)
    except AwsCallError as error:
        return page.render(
            "s3/create_bucket.html",
            title="Create a bucket",
            crumbs=crumbs_to(page),
            given=given,
            error=str(error),
            status=400,
        )
    page.flash(f"The bucket {name} is there.")
    return page.redirect(bucket_url(page, name))


@router.get("/s3/buckets/{bucket}/delete")
async def ask_delete(page: FormPageOf, bucket: BucketName) -> Response:
    return page.confirm(
        title=f"Delete {bucket}?",
        question="The bucket and what is set on it go. S3 deletes only a bucket that holds nothing, versions included.",
        button="Delete the bucket",
        cancel=bucket_url(page, bucket),
        hits=(("Bucket", bucket),),
        crumbs=crumbs_to(page, bucket),
    )


@router.post("/s3/buckets/{bucket}/delete")
async def delete(page: PageOf, bucket: BucketName) -> Response:
    await delete_bucket(page.aws, bucket)
    page.flash(f"The bucket {bucket} is deleted.")
    return page.redirect(page.url("s3", "buckets"))


@router.get("/s3/buckets/{bucket}/empty")
async def ask_empty(page: FormPageOf, bucket: BucketName) -> Response:
    return page.confirm(
        title=f"Empty {bucket}?",
        question="Every object in it goes for good, with all of its versions and delete markers.",
        button="Delete everything in it",
        cancel=bucket_url(page, bucket),
        hits=(("Bucket", bucket),),
        crumbs=crumbs_to(page, bucket),
        expected=bucket,
    )


@router.post("/s3/buckets/{bucket}/empty")
async def empty(page: PageOf, bucket: BucketName) -> Response:
    form = await page.form()
    if form.get("expected") != bucket:
        page.flash("Nothing is deleted: the name that was typed is another one.", "error")
        return page.redirect(bucket_url(page, bucket))
    deleted = 0
    for _ in range(_MOST_BATCHES):
        listing = await list_object_versions(page.aws, bucket, delimiter="", most=_BATCH)
        if not listing.objects:
            page.flash(f"{deleted:,} versions are deleted: {bucket} is empty.")
            break
        refused = await delete_objects(page.aws, bucket, [(one.key, one.version_id) for one in listing.objects])
        deleted += len(listing.objects) - len(refused)
        if refused:
            page.flash(f"{len(refused):,} were not deleted, such as {refused[0]}", "error")
            break
    else:
        page.flash(f"{deleted:,} versions are deleted, and there are more: empty it again.", "info")
    return page.redirect(bucket_url(page, bucket))
