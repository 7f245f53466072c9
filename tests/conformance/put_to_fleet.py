"""What the test files of the four services have in common: a test for each case of one service."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conformance.cases import Case, all_cases
from tests.conformance.running import run
from tests.conformance.target import NotHereError, Target


def parameters(service: str) -> list[object]:
    """The service's cases for `parametrize`; what is marked as outstanding has to fail, so that no mark outlives it."""
    return [pytest.param(case, id=case.full_id, marks=_marks(case)) for case in all_cases(service)]


def _marks(case: Case) -> list[pytest.MarkDecorator]:
    reason = case.outstanding or case.deviates
    return [pytest.mark.xfail(reason=reason, strict=True, raises=pytest.fail.Exception)] if reason else []


def put(case: Case, target_of: Callable[[Case], Target]) -> None:
    """Fails with the differences. A step that cannot be done at all is an error in the case, not a difference."""
    try:
        outcome = run(case, target_of(case))
    except NotHereError as reason:
        pytest.skip(str(reason))
    if outcome.differences:
        pytest.fail(f"\n{outcome.report()}", pytrace=False)
