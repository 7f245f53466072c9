"""Services by the paths of their operations."""

from __future__ import annotations

import pytest

from awskit.wire.service_paths import service_of_path


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/2015-03-31/functions/worker/invocations", "lambda"),
        ("/2015-03-31", "lambda"),
        ("/2015-03-31-backup/functions", None),
        ("/restapis/abc", "apigateway"),
        ("/v1/email/identities", "ses"),
        ("/v1/submitjob", "batch"),
        ("/v1", None),
        ("/tags/arn", None),  # of many services
        ("/bucket/key", None),
        ("/", None),
        ("", None),
        ("/a" * 100_000, None),
    ],
)
def test_service_of_path(path: str, service: str | None) -> None:
    assert service_of_path(path) == service
