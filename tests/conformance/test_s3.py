"""S3 answers each case of cases/s3 as AWS does."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conformance.cases import Case
from tests.conformance.put_to_fleet import parameters, put
from tests.conformance.target import Target


@pytest.mark.parametrize("case", parameters("s3"))
def test_answers_as_aws_does(case: Case, target_of: Callable[[Case], Target]) -> None:
    put(case, target_of)
