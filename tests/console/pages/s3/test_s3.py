"""S3's pages: what a bucket holds is found, looked at, put there and deleted, by what is seen."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.console.conftest import Visitor
from tests.processes import Running

HOSTILE = "<script>alert(1)</script>\u202egnp.exe"


@pytest.fixture
def bucket(visitor: Visitor, unique_name: str) -> str:
    visitor.client("s3").create_bucket(Bucket=unique_name)
    return unique_name


def test_an_account_without_buckets_says_what_to_run(visitor: Visitor) -> None:
    page = visitor.go("s3/buckets")
    expect(page.get_by_text(f"AWS_ENDPOINT_URL={visitor.fleet.url} aws s3 mb s3://first-bucket")).to_be_visible()
    visitor.check()


def test_a_bucket_is_made_and_deleted(visitor: Visitor, unique_name: str) -> None:
    page = visitor.go("s3/buckets")
    page.get_by_role("link", name="Create bucket").click()
    page.get_by_label("Name").fill("Not_A_Name")
    page.get_by_role("button", name="Create bucket").click()
    expect(page.get_by_role("alert")).to_contain_text("InvalidBucketName: The specified bucket is not valid.")
    visitor.check()
    page.get_by_label("Name").fill(unique_name)
    page.get_by_label("Keep versions of objects").check()
    page.get_by_role("button", name="Create bucket").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(unique_name)
    expect(page.get_by_role("status").first).to_contain_text("is there")
    assert visitor.client("s3").get_bucket_versioning(Bucket=unique_name)["Status"] == "Enabled"
    visitor.client("s3").put_object(Bucket=unique_name, Key="in the way")
    page.get_by_role("link", name="Delete bucket").click()
    visitor.check()
    page.get_by_role("button", name="Delete the bucket").click()
    expect(page.get_by_role("alert")).to_contain_text("BucketNotEmpty")
    page.goto(visitor.url(f"s3/buckets/{unique_name}"))
    page.get_by_role("link", name="Empty").click()
    page.get_by_label(f"Type {unique_name} to confirm").fill(unique_name)
    page.get_by_role("button", name="Delete everything in it").click()
    expect(page.get_by_text("1 versions are deleted")).to_be_visible()
    page.get_by_role("link", name="Delete bucket").click()
    page.get_by_role("button", name="Delete the bucket").click()
    expect(page).to_have_url(visitor.url("s3/buckets"))
    assert visitor.client("s3").list_buckets()["Buckets"] == []


def test_folders_searching_and_sorting(visitor: Visitor, bucket: str) -> None:
    s3 = visitor.client("s3")
    for key, size in (("a/b/deep.txt", 3), ("a/other", 2), ("top", 1)):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x" * size)
    page = visitor.go(f"s3/buckets/{bucket}")
    page.get_by_role("link", name="a/", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("a")
    expect(page.get_by_role("row")).to_have_count(3)
    page.get_by_role("link", name="b/", exact=True).click()
    expect(page.get_by_role("link", name="deep.txt")).to_be_visible()
    page.get_by_role("link", name=bucket).click()
    page.get_by_role("searchbox", name="Search keys").fill("EEP")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_text("1 of 3 keys contain it")).to_be_visible()
    page.goto(visitor.url(f"s3/buckets/{bucket}?q=o&sort=size&order=desc"))
    expect(page.locator("tbody a")).to_have_text(["a/other", "top"])
    expect(page.get_by_role("columnheader", name="Size")).to_have_attribute("aria-sort", "descending")
    visitor.check()


def test_an_object_is_shown_with_all_that_is_known_of_it(visitor: Visitor, bucket: str) -> None:
    s3 = visitor.client("s3")
    s3.put_object(
        Bucket=bucket,
        Key="one.json",
        Body=b'{"a":[1,2]}',
        ContentType="application/json",
        Metadata={"owner": "the shop"},
        Tagging="team=blue",
        CacheControl="max-age=7",
    )
    page = visitor.go(f"s3/buckets/{bucket}/object?key=one.json")
    expect(page.locator("pre")).to_have_text('{\n  "a": [\n    1,\n    2\n  ]\n}')
    for text in ("application/json", "the shop", "blue", "max-age=7"):
        expect(page.get_by_text(text, exact=True).first).to_be_visible()
    visitor.check()
    presigned = page.get_by_text("X-Amz-Signature").inner_text()
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Download").click()
    assert Path(downloading.value.path()).read_bytes() == b'{"a":[1,2]}'
    answer = page.request.get(presigned)
    assert answer.text() == '{"a":[1,2]}'
    page.get_by_text("Change them").click()
    page.get_by_label("Tags, one name=value a line").fill("team=green\nday=monday")
    page.get_by_role("button", name="Set tags").click()
    expect(page.get_by_text("green", exact=True)).to_be_visible()


@pytest.mark.parametrize(
    ("key", "kind", "body", "seen"),
    [
        ("a.csv", "text/csv", b"name,count\nx,1\ny,2\n", "td >> text=y"),
        ("a.png", "image/png", b"\x89PNG", "img.preview"),
        ("a.bin", "binary/octet-stream", b"\0\1\2", "pre >> text=00000000  00 01 02"),
        ("a.txt", "text/plain", b"", "text=The object has no bytes"),
        ("a.html", "text/html", b"<h1>page</h1>", "text=Look at it as a page, in a sandbox"),
    ],
)
def test_previews(visitor: Visitor, bucket: str, key: str, kind: str, body: bytes, seen: str) -> None:
    visitor.client("s3").put_object(Bucket=bucket, Key=key, Body=body, ContentType=kind)
    page = visitor.go(f"s3/buckets/{bucket}/object?key={key}")
    expect(page.locator(seen).first).to_be_visible()
    visitor.check()


def test_what_is_hostile_is_shown_and_not_run(visitor: Visitor, bucket: str) -> None:
    s3 = visitor.client("s3")
    script = b"<script>parent.document.title='run'; alert(1)</script>"
    s3.put_object(Bucket=bucket, Key=HOSTILE, Body=script + b"x" * (10 << 20), ContentType="text/html")
    s3.put_object(Bucket=bucket, Key="small.html", Body=script + b"<p>the page</p>", ContentType="text/html")
    s3.put_object(Bucket=bucket, Key="control\x01\x1b", Body=b"\x1b[31m \xe2\x80\xae reversed")
    page = visitor.go(f"s3/buckets/{bucket}?q=script")
    page.get_by_role("link", name="<script>alert(1)</script>⟨U+202E⟩gnp.exe").click()
    expect(page.locator("pre")).to_contain_text("<script>parent.document.title='run'")
    expect(page.get_by_text("This is only the beginning")).to_be_visible()
    visitor.check()
    page.goto(visitor.url(f"s3/buckets/{bucket}/object?key=small.html"))
    page.get_by_text("Look at it as a page, in a sandbox").click()
    expect(page.frame_locator("iframe").get_by_text("the page")).to_be_visible()
    assert "run" not in page.title()
    assert page.evaluate("document.querySelector('iframe').contentDocument") is None
    visitor.check()
    page.goto(visitor.url(f"s3/buckets/{bucket}"))
    page.get_by_role("link", name="control⟨U+0001⟩⟨U+001B⟩").click()
    expect(page.locator("pre")).to_have_text("⟨U+001B⟩[31m ⟨U+202E⟩ reversed")
    visitor.check()


def test_files_are_uploaded_with_and_without_a_script(
    visit: Callable[..., Visitor], fleet: Running, account_id: str, unique_name: str, tmp_path: Path
) -> None:
    visitor = visit(fleet, account_id)
    s3 = visitor.client("s3")
    s3.create_bucket(Bucket=unique_name)
    file = tmp_path / "report ü.txt"
    file.write_text("what is in it")
    page = visitor.go(f"s3/buckets/{unique_name}?prefix=in/")
    page.get_by_label(re.compile("Files to put")).set_input_files(file)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("link", name="report ü.txt")).to_be_visible()
    assert s3.get_object(Bucket=unique_name, Key="in/report ü.txt")["Body"].read() == b"what is in it"
    visitor.check()
    plain = visit(fleet, account_id, java_script_enabled=False)
    page = plain.go(f"s3/buckets/{unique_name}?prefix=plain/")
    page.get_by_label(re.compile("Files to put")).set_input_files(file)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("link", name="report ü.txt")).to_be_visible()
    assert s3.get_object(Bucket=unique_name, Key="plain/report ü.txt")["Body"].read() == b"what is in it"


def test_a_file_is_dropped(visitor: Visitor, bucket: str) -> None:
    page = visitor.go(f"s3/buckets/{bucket}")
    dropped = "() => { const d = new DataTransfer(); d.items.add(new File(['abc'], 'd.txt')); return d }"
    page.dispatch_event("main h1", "drop", {"dataTransfer": page.evaluate_handle(dropped)})
    expect(page.get_by_role("link", name="d.txt")).to_be_visible()
    visitor.check()


def test_an_object_is_written(visitor: Visitor, bucket: str) -> None:
    page = visitor.go(f"s3/buckets/{bucket}")
    page.get_by_role("link", name="Write an object").click()
    page.get_by_role("textbox", name="Key").fill("notes/today.txt")
    page.get_by_label("Type").fill("text/plain")
    page.get_by_label("Content").fill("two\nlines")
    visitor.check()
    page.get_by_role("button", name="Put object").click()
    expect(page.locator("pre")).to_have_text("two\nlines")
    assert visitor.client("s3").get_object(Bucket=bucket, Key="notes/today.txt")["Body"].read() == b"two\nlines"


def test_chosen_objects_and_folders_are_deleted_after_asking(visitor: Visitor, bucket: str) -> None:
    s3 = visitor.client("s3")
    for key in ("keep", "go", "folder/1", "folder/2", HOSTILE):
        s3.put_object(Bucket=bucket, Key=key)
    page = visitor.go(f"s3/buckets/{bucket}")
    page.get_by_label("Choose go", exact=True).check()
    page.get_by_label("Choose folder/", exact=True).check()
    page.get_by_role("button", name="Delete what is chosen").click()
    expect(page.get_by_text("folder/", exact=True)).to_be_visible()
    visitor.check()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("3 objects are deleted")).to_be_visible()
    left = [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert sorted(left) == sorted(["keep", HOSTILE])


def test_versions_and_delete_markers(visitor: Visitor, bucket: str) -> None:
    s3 = visitor.client("s3")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket=bucket, Key="k", Body=b"first")["VersionId"]
    s3.put_object(Bucket=bucket, Key="k", Body=b"second")
    s3.delete_object(Bucket=bucket, Key="k")
    page = visitor.go(f"s3/buckets/{bucket}")
    page.get_by_label("Versions and delete markers").check()
    expect(page.get_by_text("delete marker", exact=True)).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(3)
    visitor.check()
    page.locator("tbody a").last.click()
    expect(page.locator("pre")).to_have_text("first")
    visitor.check()
    page.get_by_role("link", name="Delete this version").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("k is deleted")).to_be_visible()
    assert first not in [one["VersionId"] for one in s3.list_object_versions(Bucket=bucket)["Versions"]]


def test_settings_are_shown_and_changed_with_awss_own_refusals(visitor: Visitor, bucket: str) -> None:
    page = visitor.go(f"s3/buckets/{bucket}/settings")
    visitor.check()
    page.goto(visitor.url(f"s3/buckets/{bucket}/settings/cors"))
    page.get_by_label("Document, as S3's API has it").fill("<CORSConfiguration><CORSRule/></CORSConfiguration>")
    page.get_by_role("button", name="Set").click()
    expect(page.get_by_role("alert")).to_contain_text("MalformedXML")
    visitor.check()
    page.goto(visitor.url(f"s3/buckets/{bucket}/settings/cors"))
    page.get_by_role("button", name="Set").click()
    expect(page.get_by_text("CORS): set")).to_be_visible()
    assert visitor.client("s3").get_bucket_cors(Bucket=bucket)["CORSRules"][0]["AllowedMethods"] == ["GET"]
    page.goto(visitor.url(f"s3/buckets/{bucket}/settings/cors"))
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("nothing is set any more")).to_be_visible()


def test_uploads_in_parts_are_shown_and_aborted(visitor: Visitor, bucket: str) -> None:
    s3 = visitor.client("s3")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="large")["UploadId"]
    s3.upload_part(Bucket=bucket, Key="large", UploadId=upload, PartNumber=1, Body=b"x" * 2048)
    page = visitor.go(f"s3/buckets/{bucket}/uploads")
    expect(page.get_by_role("row", name=re.compile("large"))).to_contain_text("2.0 KB")
    visitor.check()
    page.get_by_role("link", name="Abort").click()
    page.get_by_role("button", name="Abort the upload").click()
    expect(page.get_by_text("No upload in parts is under way.")).to_be_visible()
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


def test_a_bucket_that_is_not_there_says_so_in_awss_words(visitor: Visitor) -> None:
    page = visitor.go("s3/buckets/not-there-at-all")
    expect(page.get_by_role("alert")).to_have_text("NoSuchBucket: The specified bucket does not exist")
    visitor.check()
