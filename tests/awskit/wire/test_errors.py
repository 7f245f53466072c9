"""Every modelled error of every wire as botocore's client reads it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awskit.errors import AwsError
from awskit.wire.http import HttpRequest
from tests.awskit.wire.botocore_models import WIRES, botocore_model, protocol, read_answer
from tests.awskit.wire.shape_strategies import XML_TEXT, Values, from_botocore
from tests.awskit.wire.test_round_trips import QUICK, same

MEMBERS = Values(XML_TEXT, answers=True)


def exceptions() -> list[tuple[str, str]]:
    return [
        (wire, name)
        for wire in WIRES
        for name in botocore_model(wire).shape_names
        if botocore_model(wire).shape_for(name).metadata.get("exception") and protocol(wire).model.has_shape(name)
    ]


@pytest.mark.parametrize(("wire", "name"), exceptions())
def test_a_modelled_error_is_read(wire: str, name: str) -> None:
    service, ours = botocore_model(wire), protocol(wire)
    operation = service.operation_model(service.operation_names[0])
    shape = service.shape_for(name)
    message_names = [member for member in shape.members if member.lower() == "message"]
    request = HttpRequest("POST", "/", "", {"content-type": "application/x-amz-json-1.0"})

    @QUICK
    @given(XML_TEXT, MEMBERS.of(shape, skip=tuple(message_names)))
    def check(message: str, members: dict[str, Any]) -> None:
        response = ours.serialize_error(AwsError(name, message, members=members), request, None, "REQUESTID")
        read = read_answer(operation, response, error=None)
        if wire == "sqs":  # clients go by the query protocol's code, and look the exception up by the JSON one
            assert read["Error"]["QueryErrorCode"] == name
            assert read["Error"]["Code"] == ours.model.shape(name).error_code
        else:
            assert read["Error"]["Code"] == shape.error_code
        assert (read["Error"].get("Message") or "") == message
        assert read["ResponseMetadata"]["RequestId"] == "REQUESTID"
        if members or message_names:
            modelled = read_answer(operation, response, error=name)
            # The XML wires write Message, whatever the model calls it.
            shown = [member for member in message_names if member == "Message" or "Json" in type(ours).__name__]
            expected = {**members, **dict.fromkeys(shown, message)}
            assert same(from_botocore(shape, modelled), expected), (modelled, expected, response)

    check()


@pytest.mark.parametrize("wire", WIRES)
@QUICK
@given(message=XML_TEXT, status=st.sampled_from((400, 403, 404, 409, 500, 501, 503)))
def test_any_other_error_is_read(wire: str, message: str, status: int) -> None:
    service, ours = botocore_model(wire), protocol(wire)
    operation = service.operation_model(service.operation_names[0])
    request = HttpRequest("GET", "/", "", {})
    read = read_answer(operation, ours.serialize_error(AwsError("Other", message, status), request, None, "ID"))
    assert read["Error"]["Code"] == "Other"
    assert (read["Error"].get("Message") or "") == message
    assert read["ResponseMetadata"]["HTTPStatusCode"] == status
