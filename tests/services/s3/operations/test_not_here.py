"""What general purpose buckets do not have."""

from __future__ import annotations

from typing import Any

from tests.services.s3.conftest import read, refusal


def test_what_general_purpose_buckets_do_not_have(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    assert s3.list_directory_buckets(MaxDirectoryBuckets=5)["Buckets"] == []
    assert refusal(s3.rename_object, Bucket=bucket, Key="new", RenameSource="/key/a")[0] == 400
    assert refusal(s3.get_bucket_metadata_configuration, Bucket=bucket)[0] == 404
    select = {
        "Bucket": bucket,
        "Key": "key",
        "Expression": "select * from s3object",
        "ExpressionType": "SQL",
        "InputSerialization": {"CSV": {}},
        "OutputSerialization": {"CSV": {}},
    }
    assert refusal(s3.select_object_content, **select) == (405, "MethodNotAllowed")
    assert read(s3, bucket, "key") == b"x"
