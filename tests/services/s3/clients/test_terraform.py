"""Every block of an S3 bucket, applied, planned anew and destroyed by Terraform with the real AWS provider."""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.processes import Running, clean_environment
from tests.terraform.provider import provider_mirror

TERRAFORM = shutil.which("terraform")
pytestmark = [
    pytest.mark.skipif(TERRAFORM is None, reason="no terraform on this machine"),
    pytest.mark.skipif(platform.machine() != "x86_64", reason="the wheel has the provider for x86_64 Linux only"),
    pytest.mark.timeout(600),
]


def test_buckets_with_every_block(fleet: Running, unique_name: str, tmp_path: Path, s3_client: Any) -> None:
    prefix = unique_name[:24]
    shutil.copy(Path(__file__).with_name("buckets.tf"), tmp_path / "main.tf")
    configuration = tmp_path / "terraform.rc"
    mirror = json.dumps(str(provider_mirror()))
    configuration.write_text(f"provider_installation {{\n  filesystem_mirror {{ path = {mirror} }}\n}}\n")
    environment = clean_environment(
        TF_CLI_CONFIG_FILE=str(configuration), CHECKPOINT_DISABLE="1", TF_VAR_endpoint=fleet.url, TF_VAR_prefix=prefix
    )

    def run(*arguments: str) -> str:
        command = [str(TERRAFORM), *arguments, "-input=false", "-no-color"]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("init")
    run("apply", "-auto-approve")
    bucket = f"{prefix}-full"
    assert s3_client.get_bucket_website(Bucket=bucket)["IndexDocument"] == {"Suffix": "index.html"}
    assert s3_client.get_object(Bucket=bucket, Key="copy")["Body"].read() == b"hello"
    assert s3_client.get_object_lock_configuration(Bucket=f"{prefix}-locked")
    assert "No changes" in run("plan", "-detailed-exitcode")
    s3_client.put_object(Bucket=bucket, Key="more", Body=b"1")
    s3_client.put_object(Bucket=bucket, Key="more", Body=b"2")
    run("destroy", "-auto-approve")
    for name in ("full", "logs", "locked"):
        with pytest.raises(ClientError, match="404"):
            s3_client.head_bucket(Bucket=f"{prefix}-{name}")
    shutil.rmtree(tmp_path / ".terraform", ignore_errors=True)
