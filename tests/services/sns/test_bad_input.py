"""Whatever is asked, SNS answers with an error of its own: never with an internal failure."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from awskit.clock import ManualClock
from awskit.wire.model import OperationModel, Shape, load_model
from services.sns.settings import SnsSettings
from tests.services.sns.in_process import InProcess

TOPIC, FIFO = (f"arn:aws:sns:us-east-1:000000000000:{name}" for name in ("t", "t.fifo"))
OPERATIONS = sorted(load_model("sns").operations.values(), key=lambda operation: operation.name)

# Some that mean something, so that more is reached than the first check.
TEXTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            *(
                TOPIC,
                FIFO,
                f"{TOPIC}:x",
                "arn:aws:sqs:us-east-1:000000000000:q",
                "http://[",
                "http://localhost:1/",
                "sqs",
            ),
            *("arn:aws:sns:us-east-1:000000000000:app/GCM/a", "arn:aws:sns:us-east-1:000000000000:endpoint/GCM/a/b"),
            *("arn:aws:sns:us-east-1:000000000000:endpoint/", "http", "sms", "+15551112222", "json", "true", "1", "a"),
            *(
                "String",
                "Number",
                "Binary",
                "String.Array",
                "Number.Array",
                "[1, {}]",
                "FilterPolicy",
                "DeliveryPolicy",
            ),
            *(
                "RedrivePolicy",
                "ReplayPolicy",
                "ArchivePolicy",
                "Policy",
                "DisplayName",
                "FifoTopic",
                "Token",
                "Enabled",
            ),
            *(
                '{"default": "x", "sqs": 1}',
                '{"a": [1e999]}',
                '{"Statement": [1]}',
                '{"Statement": 1}',
                "{}",
                "[]",
                "0",
            ),
            *('{"deadLetterTargetArn": 1}', '{"healthyRetryPolicy": []}', '{"http": {"defaultThrottlePolicy": 1}}'),
            *('{"PointType": "Timestamp", "StartingPoint": 1}', '{"MessageRetentionPeriod": {}}', "cm93OjE="),
        ]
    ),
    st.recursive(st.integers() | st.text(max_size=3) | st.none(), st.lists, max_leaves=3).map(json.dumps),
)


def parameters(shape: Shape, name: str) -> st.SearchStrategy[dict[str, str]]:
    """Form parameters for a member `name` of `shape`, well formed on the wire."""
    if shape.type == "structure":
        return members(shape, f"{name}.")
    if shape.type == "list":
        return parameters(shape.member.shape, f"{name}.member.1")
    if shape.type == "map":
        key, value = shape.key.query_name or "key", shape.value.query_name or "value"
        pair = st.tuples(
            TEXTS.map(lambda text: {f"{name}.entry.1.{key}": text}),
            parameters(shape.value.shape, f"{name}.entry.1.{value}"),
        )
        return pair.map(lambda parts: parts[0] | parts[1])
    return TEXTS.map(lambda text: {name: text})


def members(shape: Shape, prefix: str = "") -> st.SearchStrategy[dict[str, str]]:
    optional = [
        st.one_of(parameters(member.shape, prefix + (member.query_name or name)), st.just({}))
        for name, member in shape.members.items()
    ]
    return st.tuples(*optional).map(lambda parts: {key: value for part in parts for key, value in part.items()})


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_nothing_is_an_internal_failure(operation: OperationModel, tmp_path: Path) -> None:
    settings_ = SnsSettings(data_dir=tmp_path, persistence=False, sqs_url="http://127.0.0.1:1", settle_timeout=0.01)
    with asyncio.Runner() as runner:
        sns = InProcess(settings_, ManualClock())
        runner.run(prepare(sns))

        @settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
        @given(members(operation.input) if operation.input is not None else st.just({}))
        def check(given_parameters: dict[str, str]) -> None:
            given_parameters.pop("Action", None)
            status, body = runner.run(sns.request(operation.name, **given_parameters))
            assert status < 500, body

        check()
        runner.run(stop(sns))


async def prepare(sns: InProcess) -> None:
    await sns("CreateTopic", Name="t")
    await sns(
        "CreateTopic", Name="t.fifo", **{"Attributes.entry.1.key": "FifoTopic", "Attributes.entry.1.value": "true"}
    )
    credential = {"Attributes.entry.1.key": "PlatformCredential", "Attributes.entry.1.value": "x"}
    await sns("CreatePlatformApplication", Name="a", Platform="GCM", **credential)


async def stop(sns: InProcess) -> None:
    await sns.service.stop()
    sns.service.runtime.database.close()


def test_every_operation_of_the_model_is_built() -> None:
    from services.sns.app import all_operations

    built = {name for _, name in all_operations()}
    assert built == {operation.name for operation in OPERATIONS}
