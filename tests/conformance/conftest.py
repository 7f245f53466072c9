"""The targets that cases are put to in the test suite: fleets, one for each set of settings that cases want."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.conformance.cases import Case
from tests.conformance.target import Target
from tests.processes import Running, running_fleet


@pytest.fixture(scope="session")
def target_of(fleet: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Case], Target]]:
    """`target_of(case)`: the fleet that all tests share, or one of its own where settings or the clock are changed."""
    with ExitStack() as stack:
        targets: dict[tuple[bool, frozenset[tuple[str, str]]], Target] = {}

        def target(case: Case) -> Target:
            kind = (case.moves_clock, frozenset(case.settings.items()))
            if kind not in targets:
                if kind == (False, frozenset()):
                    url = fleet.url
                else:
                    folder = tmp_path_factory.mktemp("conformance")
                    url = stack.enter_context(running_fleet(folder, environment=case.settings)).url
                targets[kind] = Target(url)
                stack.callback(targets[kind].close)
            return targets[kind]

        yield target
