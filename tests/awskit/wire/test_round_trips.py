"""Every operation of the specs against botocore: what it sends we parse, what we answer it reads."""

from __future__ import annotations

import math
from typing import Any

import pytest
from botocore.model import OperationModel
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from awskit.wire.timestamps import parse_timestamp
from tests.awskit.wire.botocore_models import botocore_model, client_request, operations, protocol, read_answer
from tests.awskit.wire.shape_strategies import ANY_TEXT, XML_TEXT, Values, for_botocore, from_botocore

QUICK = settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
INPUTS = {
    "json": Values(ANY_TEXT),
    "query": Values(ANY_TEXT, sparse=False),
    "rest-xml": Values(XML_TEXT),
}
OUTPUTS = {
    "json": Values(ANY_TEXT, answers=True),
    "query": Values(XML_TEXT, answers=True),
    "rest-xml": Values(XML_TEXT, answers=True, seconds=True),
}


def same(one: Any, other: Any) -> bool:
    """Equal, where NaN equals itself."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    return type(one) is type(other) and bool(one == other)


@pytest.mark.parametrize(("wire", "name"), operations())
def test_the_input_arrives(wire: str, name: str) -> None:
    operation: OperationModel = botocore_model(wire).operation_model(name)
    ours = protocol(wire)
    kind = operation.service_model.metadata["protocol"]
    shape = operation.input_shape
    streamed = shape.serialization["payload"] if ours.model.operations[name].streaming_input else None
    # A client sends the length of what it sends, whatever the parameter says.
    skipped = tuple(member for member in (streamed, "ContentLength") if member is not None)

    @QUICK
    @given(INPUTS[kind].of(shape, skip=skipped) if shape is not None else st.just({}))
    def check(parameters: dict[str, Any]) -> None:
        if name == "ListDirectoryBuckets":  # told from ListBuckets by nothing else
            parameters.setdefault("MaxDirectoryBuckets", 7)
        request = client_request(operation, for_botocore(shape, parameters))
        resolved = ours.resolve(request)
        assert resolved.name == name
        parsed = ours.parse(resolved, request)
        parsed.pop("ContentLength", None)
        for verbatim in ("Expires", "ResponseExpires"):
            # S3 keeps what is written there, a date or not.
            if isinstance(parsed.get(verbatim), str):
                parsed[verbatim] = parse_timestamp(parsed[verbatim])
        assert same(parsed, parameters), (parsed, parameters, request)

    check()


@pytest.mark.parametrize(("wire", "name"), operations())
def test_the_output_is_read(wire: str, name: str) -> None:
    operation: OperationModel = botocore_model(wire).operation_model(name)
    ours = protocol(wire)
    kind = operation.service_model.metadata["protocol"]
    shape = operation.output_shape
    payload = shape.serialization.get("payload") if shape is not None else None
    raw = payload if ours.model.operations[name].streaming_output else None

    @QUICK
    @given(OUTPUTS[kind].of(shape, skip=(raw,) if raw else ()) if shape is not None else st.just({}))
    def check(output: dict[str, Any]) -> None:
        sent = {**output, raw: b"bytes"} if raw is not None else output
        response = ours.serialize(ours.model.operations[name], sent, "REQUESTID")
        assert response.status == output.get("StatusCode", operation.http.get("responseCode", 200))
        if raw is not None:
            assert response.body == b"bytes"
        read = read_answer(operation, response)
        for member in shape.members if shape is not None else ():
            if shape.members[member].serialization.get("location") == "headers":
                output.setdefault(member, {})  # botocore makes an empty map of no headers
        metadata = read.pop("ResponseMetadata")
        assert metadata["RequestId"] == "REQUESTID"
        if raw is not None:
            read.pop(raw)
        assert same(from_botocore(shape, read), output), (read, output, response)

    check()
