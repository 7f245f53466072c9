"""RustStack's DynamoDB and Amazon's DynamoDB Local, side by side."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.processes import Running
from tests.services.dynamodb.differential import dynamodb_local
from tests.services.dynamodb.differential.differences import comparable
from tests.services.dynamodb.differential.wire import Answer, Endpoint

EXAMPLES = int(os.environ.get("RUSTSTACK_DIFFERENTIAL_EXAMPLES", "80"))


def differential(share: float = 1.0) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The settings of a differential test: `share` of the usual number of examples."""
    return settings(
        max_examples=max(1, int(EXAMPLES * share)),
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )


@dataclass(frozen=True)
class Pair:
    """Two DynamoDBs that are asked the same."""

    ours: Endpoint
    theirs: Endpoint

    def call(self, operation: str, input: dict[str, Any]) -> Answer:
        """Call both; the answers, ours first, must compare equal."""
        answers = self.answers(operation, input)
        assert comparable(answers[0]) == comparable(answers[1]), (operation, input)
        return answers[0]

    def answers(self, operation: str, input: dict[str, Any]) -> tuple[Answer, Answer]:
        return self.ours.call(operation, input), self.theirs.call(operation, input)


@pytest.fixture(scope="session")
def pair(running_service: Callable[[str], Running], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Both, running; skipped where DynamoDB Local cannot be had."""
    log = tmp_path_factory.mktemp("dynamodb-local") / "log"
    try:
        with dynamodb_local.running(log) as theirs:
            ours = Endpoint(running_service("dynamodb").url)
            yield Pair(ours, theirs)
            ours.close()
    except dynamodb_local.NotAvailable as error:
        pytest.skip(f"DynamoDB Local: {error}")
