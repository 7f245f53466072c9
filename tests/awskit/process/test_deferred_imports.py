"""A module that is imported at once and loaded at its first use."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from awskit.process.deferred_imports import defer


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A package with a module `inner` that writes down each time it is executed."""
    name = "deferred_package"
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text("runs = []\n")
    (tmp_path / name / "inner.py").write_text(f"import {name}\n{name}.runs.append(__name__)\nvalue = 7\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield name
    for loaded in [loaded for loaded in sys.modules if loaded.partition(".")[0] == name]:
        del sys.modules[loaded]


def test_it_is_loaded_once_at_the_first_attribute(package: str) -> None:
    defer(f"{package}.inner")
    inner = importlib.import_module(f"{package}.inner")
    outer = importlib.import_module(package)
    assert outer.inner is inner
    assert outer.runs == []
    assert inner.value == 7
    assert inner.value == 7
    assert outer.runs == [f"{package}.inner"]
    with pytest.raises(AttributeError):
        _ = inner.other


def test_what_is_loaded_or_not_there_is_left_alone(package: str) -> None:
    inner = importlib.import_module(f"{package}.inner")
    defer(f"{package}.inner")
    assert importlib.import_module(f"{package}.inner") is inner
    defer(f"{package}.missing")
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module(f"{package}.missing")
