"""The build backend (PEP 517) of the package `ruststack`: setuptools, over a tree with one importable name.

In the repository `awskit`, `console`, `gateway` and `services` lie beside `ruststack`. An installed package must not
bring such names into a user's environment: in a wheel they are `ruststack.awskit`, `ruststack.gateway` and so on, and
every import of them says so. A source distribution holds the repository's tree, and this file.

https://peps.python.org/pep-0517/
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from setuptools import build_meta

_INNER = ("awskit", "console", "gateway", "services")
_FILES = ("pyproject.toml", "README.md", "LICENSE", "requirements.in")
_IMPORT = re.compile(rf"^(\s*)from ({'|'.join(_INNER)})\b", re.MULTILINE)
_PLAIN_IMPORT = re.compile(rf"^(\s*)import ({'|'.join(_INNER)})$", re.MULTILINE)
_CACHES = shutil.ignore_patterns("__pycache__", "*.pyc")

get_requires_for_build_sdist = build_meta.get_requires_for_build_sdist
get_requires_for_build_wheel = build_meta.get_requires_for_build_wheel


def build_sdist(sdist_directory: str, config_settings: Any = None) -> str:
    """Build the source distribution into `sdist_directory`; its file's name."""
    try:
        return build_meta.build_sdist(sdist_directory, config_settings)
    finally:
        # Where it stays, a Python that is run here takes the checkout for an installed package, with its entry points.
        shutil.rmtree("ruststack.egg-info", ignore_errors=True)


def build_wheel(wheel_directory: str, config_settings: Any = None, metadata_directory: str | None = None) -> str:
    """Build the wheel into `wheel_directory`; its file's name."""
    into = str(Path(wheel_directory).absolute())
    with _one_named_tree():
        return build_meta.build_wheel(into, config_settings)


def prepare_metadata_for_build_wheel(metadata_directory: str, config_settings: Any = None) -> str:
    """Write the wheel's metadata into `metadata_directory`; the name of their folder."""
    into = str(Path(metadata_directory).absolute())
    with _one_named_tree():
        return build_meta.prepare_metadata_for_build_wheel(into, config_settings)


@contextmanager
def _one_named_tree() -> Iterator[None]:
    root = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        shutil.copytree(root / "ruststack", tree / "ruststack", ignore=_CACHES)
        for name in _INNER:
            shutil.copytree(root / name, tree / "ruststack" / name, ignore=_CACHES)
        for path in tree.rglob("*.py"):
            path.write_text(one_named(path.read_text(encoding="utf-8")), encoding="utf-8")
        for name in _FILES:
            shutil.copyfile(root / name, tree / name)
        project = tree / "pyproject.toml"
        project.write_text(re.sub(r'"(awskit|console)\b', r'"ruststack.\1', project.read_text()))
        os.chdir(tree)
        try:
            yield
        finally:
            os.chdir(root)


def one_named(source: str) -> str:
    """A module's source with its imports below `ruststack`."""
    source = _IMPORT.sub(r"\1from ruststack.\2", source)
    return _PLAIN_IMPORT.sub(r"\1from ruststack import \2", source)
