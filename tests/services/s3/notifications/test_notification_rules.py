"""Notification configurations that are refused, and how others are shown."""

from __future__ import annotations

from typing import Any

from tests.services.s3.conftest import argument_error, error_of


def test_the_arn_of_a_destination_has_its_form(s3: Any, bucket: str) -> None:
    entry = {"QueueArn": "queue", "Events": ["s3:ObjectCreated:*"]}
    error = error_of(
        s3.put_bucket_notification_configuration,
        Bucket=bucket,
        NotificationConfiguration={"QueueConfigurations": [entry]},
    )
    assert error == argument_error("The ARN could not be parsed", "Queue", "queue")
