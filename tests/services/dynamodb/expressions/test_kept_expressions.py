"""Compiled expressions are kept, but not with any number of names that a client may send along."""

from __future__ import annotations

import gc
import tracemalloc

import pytest

from services.dynamodb.expressions.condition_compiler import compile_condition
from services.dynamodb.expressions.placeholders import Placeholders
from services.dynamodb.expressions.projections import compile_projection
from services.dynamodb.expressions.update_compiler import compile_update


@pytest.mark.parametrize("name", ["#a", "#" + "b" * 200])
def test_few_names_are_kept_many_are_not(name: str) -> None:
    few = Placeholders({name: "attribute"}, {":v": {"S": "x"}})
    assert few.kept
    assert not Placeholders({name: "a" * 5000}).kept
    assert not Placeholders({f"#n{number}": "a" for number in range(200)}).kept


def test_memory_does_not_grow_with_names() -> None:
    tracemalloc.start()
    try:
        for number in range(60):
            names = {f"#n{number}x{other}": "a" * 50 for other in range(2000)} | {"#a": f"b{number}"}
            placeholders = Placeholders(names, {":v": {"S": "x"}})
            compile_projection("#a", placeholders)
            compile_update("SET #a = :v", placeholders)
            compile_condition("FilterExpression", "#a = :v", placeholders)
        del names, placeholders
        gc.collect()
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 5_000_000
