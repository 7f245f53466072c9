"""A configuration of `configurations/`, in a folder of its own, and what Terraform (or OpenTofu) makes of it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.processes import Running, clean_environment
from tests.terraform.provider import provider_mirror

CONFIGURATIONS = Path(__file__).with_name("configurations")
_OWN_ID = "id"
# What is imported under another name than its id, or, with None, cannot be imported.
_IMPORTED_BY: dict[str, Callable[[Mapping[str, Any]], str] | None] = {
    "aws_dynamodb_table_item": None,
    "aws_s3_bucket_object": None,
    "aws_s3_object_copy": None,
    "aws_sns_sms_preferences": None,
}


def cli_configuration(folder: Path) -> Path:
    """A file for TF_CLI_CONFIG_FILE by which the provider is found without its registry."""
    mirror = json.dumps(str(provider_mirror()))
    path = folder / "terraform.rc"
    path.write_text(f"provider_installation {{\n  filesystem_mirror {{ path = {mirror} }}\n}}\n")
    return path


class Configured:
    """One configuration, for an account of its own. A command that fails raises AssertionError with its words."""

    def __init__(
        self, program: str, configuration: str, folder: Path, fleet: Running, account_id: str, *, virtual_hosts: bool
    ) -> None:
        shutil.copytree(CONFIGURATIONS / configuration, folder, dirs_exist_ok=True)
        shutil.copy(CONFIGURATIONS / "provider.tf", folder)
        self._program, self._folder = program, folder
        self.prefix = f"t{account_id}"
        # Hosts with a bucket's or an account's name in them are resolved by none but the fleet itself, as a proxy.
        hosts = f"http://localhost.localstack.cloud:{fleet.port}"
        self._environment = clean_environment(
            TF_CLI_CONFIG_FILE=str(cli_configuration(folder)),
            TF_IN_AUTOMATION="1",
            CHECKPOINT_DISABLE="1",
            TF_VAR_endpoint=fleet.url,
            TF_VAR_s3_endpoint=hosts.replace("//", "//s3.") if virtual_hosts else fleet.url,
            TF_VAR_s3control_endpoint=hosts,
            HTTP_PROXY=fleet.url,
            TF_VAR_path_style="false" if virtual_hosts else "true",
            TF_VAR_account=account_id,
            TF_VAR_prefix=self.prefix,
        )

    def run(self, *arguments: str, expected: int = 0) -> str:
        command = [self._program, *arguments, "-no-color"]
        done = subprocess.run(
            command, cwd=self._folder, env=self._environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == expected, f"{' '.join(command)}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def init(self, *arguments: str) -> None:
        self.run("init", "-input=false", *arguments)

    def apply(self, *, changed: bool = False) -> tuple[int, int, int]:
        """How many resources were added, changed and destroyed."""
        said = self.run("apply", "-input=false", "-auto-approve", f"-var=changed={json.dumps(changed)}")
        counted = re.search(r"(\d+) added, (\d+) changed, (\d+) destroyed", said)
        assert counted, said
        return int(counted[1]), int(counted[2]), int(counted[3])

    def plan_nothing(self, *, changed: bool = False) -> None:
        """A plan that finds nothing to do."""
        self.run("plan", "-input=false", "-detailed-exitcode", f"-var=changed={json.dumps(changed)}")

    def destroy(self) -> None:
        self.run("destroy", "-input=false", "-auto-approve")

    def outputs(self) -> dict[str, Any]:
        return {name: entry["value"] for name, entry in json.loads(self.run("output", "-json")).items()}

    def import_again(self) -> int:
        """Forget all that can be imported, and import it; how many that were comes back."""
        blocks = {}
        for resource in _resources(json.loads(self.run("show", "-json"))["values"]["root_module"]):
            name = _IMPORTED_BY.get(resource["type"], lambda values: str(values[_OWN_ID]))
            if resource["mode"] == "managed" and name is not None:
                blocks[resource["address"]] = name(resource["values"])
        self.run("state", "rm", *blocks)
        text = "".join(f"import {{\n  to = {to}\n  id = {json.dumps(by)}\n}}\n" for to, by in blocks.items())
        (self._folder / "imports.tf").write_text(text)
        return len(blocks)


def _resources(module: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = list(module.get("resources", []))
    for child in module.get("child_modules", []):
        found += _resources(child)
    return found
