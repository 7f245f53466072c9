"""Every regular expression of a running process, measured: none goes back and forth over what a client may send.

They are found in the modules, and those of the models' constraints and routes where they are compiled. For each
repetition in one a text is made that leads up to it, repeats what it takes, and then does not end as it should.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from awskit.policy.patterns import matches
from awskit.wire.constraints import constraints
from awskit.wire.model import load_model
from awskit.wire.rest_routes import Routes

_parser: Any = importlib.import_module("re._parser")
_SEARCHING = ("search", "sub", "subn", "split", "finditer", "findall")
_LENGTHS = (24, 400, 10_000)  # what takes exponential time is found by the first
_SECONDS = 0.1
_SPECS = ("dynamodb", "dynamodbstreams", "s3", "s3control", "sns", "sqs", "sts")
_MAKERS = ("awskit.policy.patterns", "awskit.wire.constraints", "awskit.wire.rest_routes")  # measured below
_MODEL_CONSTRAINTS = Path("awskit/wire/specs")


def modules() -> Iterator[ModuleType]:
    for package in ("awskit", "console", "gateway", "services"):
        for info in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            if "migrations" not in info.name and not info.name.endswith("__main__"):
                yield importlib.import_module(info.name)


def patterns_in(value: Any) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(getattr(value, "__self__", None), re.Pattern):
        yield value.__self__
    elif isinstance(value, tuple | list):
        for item in value:
            yield from patterns_in(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from patterns_in(item)


def compiled() -> Iterator[tuple[str, re.Pattern[Any], bool]]:
    """Each pattern with its name, and whether it is looked for anywhere in a text."""
    for module in modules():
        source = Path(str(module.__file__)).read_text()
        for name, value in vars(module).items():
            for pattern in patterns_in(value):
                searches = getattr(value, "__name__", "") in _SEARCHING
                searches = searches or any(f"{name}.{method}(" in source for method in _SEARCHING)
                yield f"{module.__name__}.{name}", pattern, searches
        yield from in_functions(module.__name__, source)
    for spec in _SPECS:
        yield from of_model(spec)


def in_functions(module: str, source: str) -> Iterator[tuple[str, re.Pattern[Any], bool]]:
    """Those in the midst of functions: constants, or in the modules that make them of something else."""
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for call in ast.walk(function):
            if isinstance(call, ast.Call) and ast.unparse(call.func).startswith("re."):
                method = ast.unparse(call.func).removeprefix("re.")
                pattern = call.args[0] if call.args else None
                if isinstance(pattern, ast.Constant):
                    yield f"{module}.{function.name}", re.compile(pattern.value), method in _SEARCHING
                elif method != "escape":
                    assert module in _MAKERS, f"{module}.{function.name} compiles a pattern that no test measures"


def of_model(spec: str) -> Iterator[tuple[str, re.Pattern[Any], bool]]:
    import orjson

    for name, traits in orjson.loads((_MODEL_CONSTRAINTS / f"{spec}.json").read_bytes())["shapes"].items():
        if "pattern" in traits:
            for holds, _ in constraints("string", {"pattern": traits["pattern"]}):
                yield from ((f"{spec} {name}", found, False) for found in patterns_of_closure(holds))
    if spec in ("s3", "s3control"):
        for route in patterns_in(list(attributes_of(Routes(load_model(spec))))):
            yield f"{spec} route", route, False


def patterns_of_closure(function: Any) -> Iterator[re.Pattern[Any]]:
    for cell in function.__closure__ or ():
        yield from patterns_in(cell.cell_contents)


def attributes_of(thing: Any, depth: int = 4) -> Iterator[Any]:
    """What a thing holds, however it keeps it."""
    if isinstance(thing, re.Pattern) or depth == 0:
        yield thing
    elif isinstance(thing, dict):
        for item in thing.values():
            yield from attributes_of(item, depth - 1)
    elif isinstance(thing, tuple | list):
        for item in thing:
            yield from attributes_of(item, depth - 1)
    else:
        slots = [getattr(thing, name, None) for name in getattr(type(thing), "__slots__", ())]
        for item in (*vars(thing).values(), *slots) if hasattr(thing, "__dict__") else slots:
            yield from attributes_of(item, depth - 1)


def hostile_texts(parsed: Any) -> Iterator[tuple[str, str]]:
    """(what leads up to a repetition, what it takes) for each repetition of a parsed expression."""
    before = ""
    for operator, argument in parsed:
        name = str(operator)
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            _, most, inner = argument
            if most > 100:
                for sample in samples(inner):
                    yield before, sample
            for further, taken in hostile_texts(inner):
                yield before + further, taken
        elif name == "SUBPATTERN":
            yield from ((before + further, taken) for further, taken in hostile_texts(argument[3]))
        elif name == "BRANCH":
            for branch in argument[1]:
                yield from ((before + further, taken) for further, taken in hostile_texts(branch))
        elif name in ("ASSERT", "ASSERT_NOT"):
            yield from ((before + further, taken) for further, taken in hostile_texts(argument[1]))
        before += example([(operator, argument)])


def samples(parsed: Any) -> Iterator[str]:
    """Texts that a repeated part takes: one for each thing that it may begin with."""
    first = list(parsed)[:1]
    if first and str(first[0][0]) == "IN":
        for member in first[0][1]:
            yield example([("IN", [member])]) + example(list(parsed)[1:])
    if first and str(first[0][0]) == "BRANCH":
        for branch in first[0][1][1]:
            yield example(branch)
    yield example(parsed)


def example(parsed: Any) -> str:
    """A shortest text that fits."""
    return "".join(_example(str(operator), argument) for operator, argument in parsed)


def _example(name: str, argument: Any) -> str:
    if name == "LITERAL":
        return chr(argument)
    if name == "IN":
        return _member(argument)
    if name in ("ANY", "NOT_LITERAL"):
        return "a"
    if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        return example(argument[2]) * min(argument[0], 100)
    if name == "SUBPATTERN":
        return example(argument[3])
    if name == "ATOMIC_GROUP":
        return example(argument)
    if name == "BRANCH":
        return example(argument[1][0])
    return ""


def _member(members: Any) -> str:
    kind, value = members[0]
    kind = str(kind)
    if kind == "NEGATE":
        refused = [chr(value) for found, value in members[1:] if str(found) == "LITERAL"]
        return next(one for one in "a0.-_~" if one not in refused)
    if kind == "LITERAL":
        return chr(value)
    if kind == "RANGE":
        return chr(value[0])
    return {"CATEGORY_SPACE": " ", "CATEGORY_DIGIT": "0", "CATEGORY_NOT_SPACE": "a"}.get(str(value), "a")


@lru_cache(maxsize=1)
def found() -> dict[str, tuple[re.Pattern[Any], bool]]:
    return {f"{name} {pattern.pattern!r:.60}": (pattern, searches) for name, pattern, searches in compiled()}


def test_they_are_found() -> None:
    names = " ".join(found())
    assert "dynamodb S3Bucket" in names
    assert "services.dynamodb.expressions.tokens" in names
    assert "s3 route" in names
    assert len(found()) > 100


def slowest(pattern: re.Pattern[Any], searches: bool) -> tuple[float, str]:
    """The most CPU seconds that a text takes, and which it is."""
    is_bytes = isinstance(pattern.pattern, bytes)
    source = pattern.pattern.decode("latin-1") if is_bytes else pattern.pattern
    worst = (0.0, "")
    for before, taken in dict.fromkeys((("", "a"), ("", " "), *hostile_texts(_parser.parse(source, pattern.flags)))):
        for end in ("\x00", "\n", "!", ""):
            for length in _LENGTHS:
                text: Any = before + taken * (length // max(len(taken), 1)) + end
                text = text.encode("utf-8", "surrogatepass") if is_bytes else text
                started = time.process_time()
                pattern.fullmatch(text)
                pattern.match(text)
                if searches:
                    pattern.search(text)
                taking = time.process_time() - started
                worst = max(worst, (taking, f"{before[:40]!r} + {taken!r} * {length} + {end!r}"))
                if taking > _SECONDS:
                    return worst
    return worst


@pytest.mark.parametrize("name", found())
def test_a_pattern_is_linear(name: str) -> None:
    seconds, text = slowest(*found()[name])
    assert seconds < _SECONDS, text


@pytest.mark.parametrize("piece", ["*a", "*?", "*a?", "?*", "*aaaa?"])
def test_a_policys_pattern_is_linear(piece: str) -> None:
    started = time.process_time()
    for count in (20, 1000, 10_000):
        matches("a" * 10_000, piece * (count // len(piece)) + "b")
        matches("A" * 10_000, piece * (count // len(piece)) + "b", ignore_case=True)
    assert time.process_time() - started < 0.5
