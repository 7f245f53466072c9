"""An account's public access block."""

from __future__ import annotations

import httpx

from tests.processes import Running


def test_an_accounts_public_access_block(s3_service: Running, account_id: str) -> None:
    block = {
        "BlockPublicAcls": True,
        "IgnorePublicAcls": True,
        "BlockPublicPolicy": False,
        "RestrictPublicBuckets": False,
    }
    url = f"{s3_service.url}/v20180820/configuration/publicAccessBlock"
    headers = {"x-amz-account-id": account_id}
    assert httpx.get(url, headers=headers).status_code == 404
    elements = "".join(f"<{name}>{str(value).lower()}</{name}>" for name, value in block.items())
    body = f"<PublicAccessBlockConfiguration>{elements}</PublicAccessBlockConfiguration>"
    assert httpx.put(url, content=body, headers=headers).status_code == 200
    assert elements in httpx.get(url, headers=headers).text
    assert httpx.delete(url, headers=headers).status_code in (200, 204)
