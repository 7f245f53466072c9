"""Real clients beside boto3: the AWS CLI on a tree with odd names, s3cmd as it comes, the JavaScript SDK v3, s3fs.

The SDK and s3fs come from their registries into `.cache/` once; where those cannot be reached the tests are skipped.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT, Running, clean_environment

CLIENTS = Path(__file__).parent
S3FS = "s3fs==2026.9.0"
ODD_NAMES = [
    "plain.txt",
    "with space",
    "ünï/cödé.txt",
    "a+b&c=d",
    "per%cent%20",
    "deep/er/and/deeper",
    "日本/語",
    "(x) [y]'z",
]


def _cached(name: str, fingerprint: str) -> tuple[Path, bool]:
    """A folder of the cache for `fingerprint`, and whether it is complete."""
    digest = hashlib.sha256(fingerprint.encode()).hexdigest()[:12]
    folder = ROOT / ".cache" / f"{name}-{digest}"
    return folder, (folder / "complete").exists()


def _run(command: list[str], **given: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=100, env={**os.environ, **given})
    except (subprocess.SubprocessError, OSError) as error:
        pytest.skip(f"{command[0]} cannot install: {error}")


@pytest.fixture(scope="module")
def javascript() -> Path:
    """A folder with the scenario and its SDK."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("no node on this machine")
    manifest = (CLIENTS / "package.json").read_text()
    folder, complete = _cached("s3-javascript", manifest)
    if not complete:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "package.json").write_text(manifest)
        _run(["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--prefix", str(folder)])
        (folder / "complete").touch()
    shutil.copy(CLIENTS / "scenario.mjs", folder)
    return folder


@pytest.fixture(scope="module")
def s3fs_python() -> Path:
    """An interpreter that has s3fs, whose botocore is not ours."""
    folder, complete = _cached("s3fs", f"{S3FS} {sys.version}")
    if not complete:
        shutil.rmtree(folder, ignore_errors=True)
        _run([sys.executable, "-m", "venv", str(folder)])
        _run([str(folder / "bin" / "pip"), "install", "-q", S3FS])
        (folder / "complete").touch()
    return folder / "bin" / "python"


def test_javascript_sdk(javascript: Path, fleet: Running, unique_name: str) -> None:
    command = ["node", "scenario.mjs", fleet.url, unique_name]
    done = subprocess.run(command, cwd=javascript, capture_output=True, text=True, timeout=60)
    assert done.stdout == "done\n", done.stderr


def test_s3fs(s3fs_python: Path, fleet: Running, unique_name: str) -> None:
    command = [str(s3fs_python), str(CLIENTS / "s3fs_scenario.py"), fleet.url, unique_name]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=clean_environment())
    assert done.stdout == "done\n", done.stderr


def _aws(fleet: Running, *arguments: str) -> str:
    environment = clean_environment(
        AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION="us-east-1"
    )
    command = [str(Path(sys.executable).with_name("aws")), "--endpoint-url", fleet.url, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_cli_sync_and_recursive_copies(fleet: Running, unique_name: str, tmp_path: Path) -> None:
    source = tmp_path / "source"
    for name in ODD_NAMES:
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode() * 3)
    (source / "large.bin").write_bytes(os.urandom(9 * 1024 * 1024))
    url = f"s3://{unique_name}"
    _aws(fleet, "s3", "mb", url)
    _aws(fleet, "s3", "sync", str(source), f"{url}/tree")
    assert _aws(fleet, "s3", "sync", str(source), f"{url}/tree") == ""
    back = tmp_path / "back"
    _aws(fleet, "s3", "cp", "--recursive", f"{url}/tree", str(back))
    assert _tree(back) == _tree(source)
    (source / "plain.txt").unlink()
    assert "delete: " in _aws(fleet, "s3", "sync", "--delete", str(source), f"{url}/tree")
    _aws(fleet, "s3", "mv", "--recursive", f"{url}/tree", f"{url}/moved")
    again = tmp_path / "again"
    _aws(fleet, "s3", "sync", f"{url}/moved", str(again))
    assert _tree(again) == _tree(source)
    _aws(fleet, "s3", "rb", "--force", url)


def test_s3cmd_as_it_comes(fleet: Running, unique_name: str, tmp_path: Path) -> None:
    """Nothing is set but the endpoint: it signs for the region `US`, and again for the one that it is told."""
    host = fleet.url.removeprefix("http://")
    settings = [
        "access_key = test",
        "secret_key = test",
        f"host_base = {host}",
        f"host_bucket = {host}",
        "use_https = no",
    ]
    (tmp_path / "s3cfg").write_text("[default]\n" + "\n".join(settings))

    def s3cmd(*arguments: str) -> str:
        command = [
            str(Path(sys.executable).with_name("s3cmd")),
            "-c",
            str(tmp_path / "s3cfg"),
            "--no-progress",
            *arguments,
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=100, env=clean_environment())
        assert done.returncode == 0, done.stderr
        return done.stdout

    source, back, url = tmp_path / "source", tmp_path / "back", f"s3://{unique_name}"
    for name in ODD_NAMES:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes(name.encode())
    (source / "empty").write_bytes(b"")
    (source / "large.bin").write_bytes(os.urandom(16 * 1024 * 1024))
    back.mkdir()
    s3cmd("mb", url)
    s3cmd("sync", f"{source}/", f"{url}/tree/")
    assert s3cmd("sync", f"{source}/", f"{url}/tree/") == ""
    s3cmd("sync", f"{url}/tree/", f"{back}/")
    assert _tree(back) == _tree(source)
    assert "File size: 16777216" in s3cmd("info", f"{url}/tree/large.bin")
    s3cmd("del", "--recursive", "--force", url)
    s3cmd("rb", url)
