"""An application on Node that is told where the fleet is by what `ruststack env` prints, and by nothing else."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.end_to_end.bundles import bundle
from tests.processes import Running, clean_environment
from tests.ruststack.command import ruststack

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize("options", [[], ["--tls"]], ids=["http", "https"])
def test_it_finds_the_fleet(fleet: Running, unique_name: str, options: list[str]) -> None:
    program = bundle("node.mjs", "--platform=node")
    endpoint = fleet.url.replace("127.0.0.1", "localhost")  # by which the SDK would ask for bucket.localhost
    printed = ruststack("env", "--format", "json", "--endpoint-url", endpoint, *options).stdout
    variables = json.loads(printed)
    done = subprocess.run(
        ["node", str(program), unique_name],
        env=clean_environment(**variables),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.strip() == f"{variables['AWS_ENDPOINT_URL']}/000000000000/{unique_name} from Node", done
