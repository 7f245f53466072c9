"""Objects and folders deleted: the ones that are checked in the browser, after asking."""

from __future__ import annotations

from starlette.datastructures import FormData
from starlette.responses import Response

from console.frame.page import FormPageOf, Page, PageOf
from console.frame.routers import page_router
from console.interfaces.s3.listings import list_objects
from console.interfaces.s3.objects import delete_object, delete_objects
from console.pages.s3.paths import BucketName, bucket_url, crumbs_to, object_url, prefix_of

_SHOWN = 20
_BATCH = 1000
_MOST_BATCHES = 20

router = page_router()


@router.post("/s3/buckets/{bucket}/delete-objects")
async def delete_checked(page: PageOf, bucket: BucketName) -> Response:
    """The form's `key` are objects, `version` one of them as VERSION/KEY, `folder` what lies below a prefix."""
    form = await page.form()
    prefix = str(form.get("prefix", ""))
    if not any(form.getlist(name) for name in ("key", "version", "folder")):
        page.flash("Nothing is chosen: check what is to be deleted.", "info")
        return page.redirect(bucket_url(page, bucket, prefix))
    if "confirmed" not in form:
        return _ask(page, bucket, prefix, form)
    objects = [(str(key), "") for key in form.getlist("key")]
    for said in form.getlist("version"):
        version_id, _, key = str(said).partition("/")
        objects.append((key, version_id))
    refused: list[str] = []
    deleted = 0
    for start in range(0, len(objects), _BATCH):
        refused += await delete_objects(page.aws, bucket, objects[start : start + _BATCH])
    deleted += len(objects) - len(refused)
    for folder in form.getlist("folder"):
        count, more = await _delete_below(page, bucket, str(folder), refused)
        deleted += count
        if more:
            page.flash(f"There is more in {folder}: delete it again.", "info")
    if refused:
        page.flash(f"{len(refused):,} were not deleted, such as {refused[0]}", "error")
    page.flash(f"{deleted:,} object{'s are' if deleted != 1 else ' is'} deleted.")
    return page.redirect(bucket_url(page, bucket, prefix))


def _ask(page: Page, bucket: str, prefix: str, form: FormData) -> Response:
    names = {"key": "Object", "version": "Version", "folder": "Everything below"}
    chosen = [(name, str(value)) for name, value in form.multi_items() if name in names]
    hits = [(names[name], value) for name, value in chosen[:_SHOWN]]
    if len(chosen) > _SHOWN:
        hits.append(("and", f"{len(chosen) - _SHOWN:,} more"))
    return page.confirm(
        title=f"Delete from {bucket}?",
        question="Where the bucket keeps versions, a deleted object is still there as one; a version goes for good.",
        button="Delete",
        cancel=bucket_url(page, bucket, prefix),
        hits=tuple(hits),
        crumbs=crumbs_to(page, bucket, prefix),
        hidden=(*chosen, ("prefix", prefix), ("confirmed", "1")),
    )


async def _delete_below(page: Page, bucket: str, folder: str, refused: list[str]) -> tuple[int, bool]:
    """How many are deleted, and whether there are more."""
    deleted = 0
    for _ in range(_MOST_BATCHES):
        listing = await list_objects(page.aws, bucket, folder, "", most=_BATCH)
        if not listing.objects:
            return deleted, False
        failed = await delete_objects(page.aws, bucket, [(one.key, "") for one in listing.objects])
        refused += failed
        deleted += len(listing.objects) - len(failed)
        if failed:
            return deleted, False
        if not listing.next_token:
            return deleted, False
    return deleted, True


@router.get("/s3/buckets/{bucket}/object/delete")
async def ask_delete(page: FormPageOf, bucket: BucketName) -> Response:
    key = page.needed("key")
    version = page.query.get("version", "")
    hits = [("Bucket", bucket), ("Key", key)]
    if version:
        hits.append(("Version", version))
    return page.confirm(
        title="Delete this version?" if version else "Delete this object?",
        question="A version that is deleted is gone for good."
        if version
        else "Where the bucket keeps versions, what it was stays there as one.",
        button="Delete",
        cancel=object_url(page, bucket, key, version),
        hits=tuple(hits),
        crumbs=crumbs_to(page, bucket, prefix_of(key)),
    )


@router.post("/s3/buckets/{bucket}/object/delete")
async def delete(page: PageOf, bucket: BucketName) -> Response:
    key = page.needed("key")
    version = page.query.get("version", "")
    await delete_object(page.aws, bucket, key, version)
    page.flash(f"{key} is deleted.")
    return page.redirect(bucket_url(page, bucket, prefix_of(key)))
