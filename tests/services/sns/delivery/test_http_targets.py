"""Where messages may be posted to."""

from __future__ import annotations

import pytest

from awskit.settings import SettingsError
from services.sns.delivery.http_targets import HttpTargets


@pytest.mark.parametrize(
    ("allowed", "url", "expected"),
    [
        ([], "http://169.254.169.254/latest", True),
        (["127.0.0.0/8"], "http://127.0.0.1:8080/a", True),
        (["127.0.0.1"], "http://127.0.0.2/", False),
        (["10.0.0.0/8"], "http://169.254.169.254/latest", False),
        (["10.0.0.0/8"], "http://[::1]:80/", False),
        (["::1"], "http://[::1]:80/", True),
        (["127.0.0.0/8", "::1"], "http://localhost/", True),
        (["10.0.0.0/8"], "http://localhost/", False),
        (["localhost"], "http://LOCALHOST:1/", True),
        (["*.test"], "http://a.b.test/", True),
        (["*.test"], "http://nottest/", False),
        (["10.0.0.0/8"], "http://2130706433/", False),
        (["10.0.0.0/8"], "http://10.0.0.1@127.0.0.1/", False),
        (["app"], "http://nobody.invalid/", False),
        (["app"], "http://" + "a" * 300 + "/", False),
    ],
)
async def test_what_is_allowed(allowed: list[str], url: str, expected: bool) -> None:
    assert await HttpTargets(allowed).allows(url) is expected


def test_what_is_no_target_is_refused() -> None:
    for wrong in ("10.0.0.0/40", "http://app", "10.0.0.1/8"):
        with pytest.raises(SettingsError, match="RUSTSTACK_SNS_HTTP_TARGETS"):
            HttpTargets([wrong])
