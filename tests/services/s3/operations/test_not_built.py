"""Operations of S3 Control that are not there say so, each by its name."""

from __future__ import annotations

import httpx

from awskit.wire.model import load_model
from ruststack.operations_table import implemented_operations
from tests.awskit.wire.botocore_models import botocore_model, client_request
from tests.minimal_inputs import Named, minimal_input

ACCOUNT = "000000000000"


def test_every_one_names_itself(http: httpx.Client, bucket: str) -> None:
    known = load_model("s3control").operations
    missing = set(known) - implemented_operations("s3control", "services.s3.operations")
    for name in sorted(missing):
        given = minimal_input("s3control", name, Named(ACCOUNT, name=bucket))
        request = client_request(botocore_model("s3control").operation_model(name), given)
        query = f"?{request.query_string}" if request.query_string else ""
        headers = {"x-amz-account-id": ACCOUNT}
        answer = http.request(request.method, request.path + query, content=request.body, headers=headers)
        assert (answer.status_code, f"operation {name} yet" in answer.text) == (501, True), answer.text
        assert "<Code>NotImplemented</Code>" in answer.text
