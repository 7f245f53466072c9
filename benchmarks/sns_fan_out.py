"""`python -m benchmarks.sns_fan_out [--seconds 5] [--raw]`: what Publish costs beside one SendMessage.

Publish to a topic with 1 and with 10 queues, and one SendMessage, each through the gateway, over 1 and 16 connections:
requests a second, latency, and the CPU time of all processes for each, with their ratios to SendMessage.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import fleet_cost, wrk
from tests.processes import ACCOUNT_ID, Running, running_fleet

CONNECTIONS = (1, 16)
QUEUES = (0, 1, 10)
_TEXT = "m" * 50


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sns_fan_out")
    parser.add_argument("--seconds", type=int, default=5, help="how long each case is sent")
    parser.add_argument("--raw", action="store_true", help="raw message delivery: no envelope, no signature")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ruststack-sns-bench-") as folder:
        scratch = Path(folder)
        with running_fleet(scratch / "fleet", "--services", "sqs,sns") as fleet:
            _prepare(fleet, raw=options.raw)
            pids = fleet_cost.process_ids(fleet)
            for connections in CONNECTIONS:
                rows = [
                    _measure(fleet, pids, name, body, headers, connections, options.seconds, scratch)
                    for name, body, headers in _cases(fleet)
                ]
                _show(connections, rows)
            print(json.dumps(fleet_cost.memory_mb(pids)))
    return 0


def _prepare(fleet: Running, *, raw: bool) -> None:
    sqs, sns = fleet.client("sqs"), fleet.client("sns")
    sqs.create_queue(QueueName="direct")
    for count in QUEUES:
        topic = sns.create_topic(Name=f"to-{count}")["TopicArn"]
        for number in range(count):
            sqs.create_queue(QueueName=f"to-{count}-{number}")
            sns.subscribe(
                TopicArn=topic,
                Protocol="sqs",
                Endpoint=f"arn:aws:sqs:us-east-1:{ACCOUNT_ID}:to-{count}-{number}",
                Attributes={"RawMessageDelivery": "true" if raw else "false"},
            )


def _cases(fleet: Running) -> list[tuple[str, str, Sequence[str]]]:
    def authorization(service: str) -> str:
        scope = f"Credential=test/20260101/us-east-1/{service}/aws4_request"
        return f"Authorization: AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0"

    send = json.dumps({"QueueUrl": f"{fleet.url}/{ACCOUNT_ID}/direct", "MessageBody": _TEXT})
    json_headers = ["X-Amz-Target: AmazonSQS.SendMessage", "Content-Type: application/x-amz-json-1.0"]
    cases: list[tuple[str, str, Sequence[str]]] = [("SendMessage", send, [authorization("sqs"), *json_headers])]
    for count in QUEUES:
        topic = f"arn%3Aaws%3Asns%3Aus-east-1%3A{ACCOUNT_ID}%3Ato-{count}"
        publish = f"Action=Publish&Version=2010-03-31&TopicArn={topic}&Message={_TEXT}"
        form = "Content-Type: application/x-www-form-urlencoded; charset=utf-8"
        cases.append((f"Publish to {count}", publish, [authorization("sns"), form]))
    return cases


def _measure(
    fleet: Running,
    pids: dict[str, int],
    name: str,
    body: str,
    headers: Sequence[str],
    connections: int,
    seconds: int,
    scratch: Path,
) -> dict[str, Any]:
    file = scratch / "body"
    file.write_text(body)
    arguments = ["POST", "/", str(file), *headers]
    wrk.run(fleet.url, "request.lua", arguments, connections=connections, seconds=1, scratch=scratch)
    before = fleet_cost.cpu_seconds(pids)
    load = wrk.run(fleet.url, "request.lua", arguments, connections=connections, seconds=seconds, scratch=scratch)
    after = fleet_cost.cpu_seconds(pids)
    spent = {process: round((after[process] - before[process]) / load.requests * 1e6) for process in pids}
    return {
        "case": name,
        "per_second": round(load.requests / load.seconds),
        "p50_us": load.p50_us,
        "p99_us": load.p99_us,
        "failed": load.failed,
        "cpu_us": sum(spent.values()),
        "by_process": {process: value for process, value in spent.items() if value},
    }


def _show(connections: int, rows: list[dict[str, Any]]) -> None:
    direct = rows[0]
    print(f"{connections} connection{'s' if connections > 1 else ''}:")
    for row in rows:
        ratios = {
            "latency": row["p50_us"] / direct["p50_us"],
            "cpu": row["cpu_us"] / direct["cpu_us"],
            "throughput": direct["per_second"] / row["per_second"],
        }
        shown = "  ".join(f"{name} x{value:.2f}" for name, value in ratios.items())
        print("  " + "  ".join(f"{name} {value}" for name, value in row.items()) + f"  | {shown}")


if __name__ == "__main__":
    sys.exit(main())
