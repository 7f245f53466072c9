"""The compact specs: current, lean, and independent of botocore."""

from __future__ import annotations

import subprocess
import sys

import pytest

from awskit.wire import generate
from awskit.wire.model import load_model


def test_the_committed_specs_are_what_botocore_gives() -> None:
    for path, text in generate.rendered_specs().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name} is stale: make specs"


def test_a_running_service_does_not_import_botocore() -> None:
    code = (
        "import sys, awskit.wire.aws_json, awskit.wire.aws_query, awskit.wire.rest_xml, awskit.wire.model as model;"
        "model.load_model('s3'); sys.exit('botocore' in sys.modules or 'xml.etree.ElementTree' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_operations_know_what_streams() -> None:
    operations = load_model("s3").operations
    assert operations["PutObject"].streaming_input
    assert not operations["PutObject"].streaming_output
    assert operations["GetObject"].streaming_output
    assert operations["SelectObjectContent"].streaming_output  # a stream of events
    assert not operations["PutBucketPolicy"].streaming_input
    assert operations["DeleteObject"].status == 204
    assert operations["DeleteObjects"].checksum_required


def test_errors_by_name_and_by_code() -> None:
    sqs = load_model("sqs")
    by_name, by_code = sqs.error("QueueDoesNotExist"), sqs.error("AWS.SimpleQueueService.NonExistentQueue")
    assert by_name is not None
    assert by_code is not None
    assert by_name.name == by_code.name == "QueueDoesNotExist"
    assert sqs.error("SendMessageRequest") is None
    assert sqs.error("Nothing") is None
    assert "QueueDoesNotExist" in sqs.operations["SendMessage"].errors
    over_limit = load_model("sqs").error("OverLimit")
    assert over_limit is not None
    assert over_limit.error_status == 403


def test_what_there_is_not() -> None:
    with pytest.raises(FileNotFoundError):
        load_model("ec2")
    with pytest.raises(KeyError):
        load_model("sts").operations["Fly"]
    with pytest.raises(KeyError):
        load_model("sts").shape("Fly")


def test_twins_with_one_request_line_are_left_out() -> None:
    assert "PutBucketNotification" not in load_model("s3").operations
    assert "PutBucketNotificationConfiguration" in load_model("s3").operations
