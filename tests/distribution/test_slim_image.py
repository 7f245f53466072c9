"""What is taken from the image's environment: what is left works."""

from __future__ import annotations

import gzip
import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.processes import ROOT


@pytest.fixture(scope="module")
def slim_image() -> ModuleType:
    path = ROOT / "distribution" / "slim_image.py"
    spec = importlib.util.spec_from_file_location("slim_image", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("package", ["uvloop", "httptools"])
def test_a_stripped_module_is_smaller_and_works(package: str, slim_image: ModuleType, tmp_path: Path) -> None:
    found = importlib.util.find_spec(package)
    assert found is not None
    assert found.origin is not None
    shutil.copytree(Path(found.origin).parent, tmp_path / package)
    libraries = list((tmp_path / package).rglob("*.so"))
    before = sum(library.stat().st_size for library in libraries)
    for library in libraries:
        slim_image.strip(library)
    assert sum(library.stat().st_size for library in libraries) < before / 2
    code = f"import {package}; print({package}.__file__)"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.startswith(str(tmp_path))


def test_what_is_no_library_is_left_alone(slim_image: ModuleType, tmp_path: Path) -> None:
    script = tmp_path / "libc.so"
    script.write_text("INPUT(libc.so.6)")
    slim_image.strip(script)
    assert script.read_text() == "INPUT(libc.so.6)"


def _models(folder: Path) -> None:
    for service in ("sqs", "lambda"):
        version = folder / service / "2012-11-05"
        version.mkdir(parents=True)
        for name in ("service-2", "paginators-1", "examples-1"):
            model = {"metadata": {"serviceId": service}, "operations": {"Do": {}}, "shapes": {"S": {}}}
            (version / f"{name}.json").write_text(json.dumps(model))
    (folder / "endpoints.json").write_text("{}")


def _contents(folder: Path) -> dict[str, object]:
    return {
        str(path.relative_to(folder)): json.loads(gzip.decompress(path.read_bytes()))
        for path in sorted(folder.rglob("*.gz"))
    }


def test_models_of_other_services_go(slim_image: ModuleType, tmp_path: Path) -> None:
    _models(tmp_path)
    slim_image.slim_models(tmp_path, frozenset({"sqs"}))
    assert list(_contents(tmp_path)) == [
        "endpoints.json.gz",
        "sqs/2012-11-05/paginators-1.json.gz",
        "sqs/2012-11-05/service-2.json.gz",
    ]
    assert {path.suffix for path in tmp_path.rglob("*") if path.is_file()} == {".gz"}


def test_or_they_leave_their_names(slim_image: ModuleType, tmp_path: Path) -> None:
    _models(tmp_path)
    slim_image.slim_models(tmp_path, frozenset({"sqs"}), leaves_names=True)
    left = {"metadata": {"serviceId": "lambda"}, "operations": {}, "shapes": {}}
    contents = _contents(tmp_path)
    assert contents["lambda/2012-11-05/service-2.json.gz"] == left
    assert "lambda/2012-11-05/paginators-1.json.gz" not in contents


def test_where_none_is_named_all_stay(slim_image: ModuleType, tmp_path: Path) -> None:
    _models(tmp_path)
    slim_image.slim_models(tmp_path, frozenset())
    assert len(_contents(tmp_path)) == 5


def test_what_nothing_imports_goes(slim_image: ModuleType, tmp_path: Path) -> None:
    kept = ("sqlalchemy/sql/base.py", "pygments/lexers/python.py", "pygments/lexers/__init__.py", "some/LICENSE")
    gone = ("sqlalchemy/orm/base.py", "pygments/lexers/lisp.py", "some/loop.pyx", "some-1.0.dist-info/RECORD")
    data = [f"{package}/data/endpoints.json" for package in ("boto3", "botocore", "awscli/botocore")]
    for name in (*kept, *gone, *data):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("{}")
    slim_image.main(tmp_path, frozenset({"sqs"}))
    assert all((tmp_path / name).exists() for name in kept)
    assert not any((tmp_path / name).exists() for name in gone)
