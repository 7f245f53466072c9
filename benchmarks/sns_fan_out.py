"""`python -m benchmarks.sns_fan_out [--seconds 12] [--connections 1 16]`: what Publish costs beside one SendMessage.

SendMessage, and Publish to topics with 0, 1 and 10 queues, with envelope and signature and by raw message delivery,
each through the gateway: requests a second, latency, and the CPU time of all processes, beside what SendMessage takes.
The cases take turns, a second each, so that what else the machine does falls on all of them. The table is Markdown.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import fleet_cost, wrk
from services.sns.messages.signing import Signer, generate_signing_key
from tests.processes import ACCOUNT_ID, Running, running_fleet

CONNECTIONS = (1, 16)
_TEXT = "m" * 50
_COLUMNS = ("case", "connections", "a second", "p50, us", "CPU, us", "CPU by process", "CPU beside SendMessage")


@dataclass(frozen=True)
class Topic:
    """`queues` subscribed queues; `raw`: without envelope and signature."""

    name: str
    case: str
    queues: int
    raw: bool = False


TOPICS = (
    Topic("to-0", "Publish, no queue", 0),
    Topic("to-1", "Publish to 1 queue", 1),
    Topic("to-10", "Publish to 10 queues", 10),
    Topic("raw-to-1", "the same, raw, to 1 queue", 1, raw=True),
    Topic("raw-to-10", "the same, raw, to 10 queues", 10, raw=True),
)


@dataclass
class Case:
    """One kind of request, and what its turns have found."""

    name: str
    body: str
    headers: Sequence[str]
    loads: list[wrk.Load] = field(default_factory=list)
    cpu_seconds: dict[str, float] = field(default_factory=dict)

    @property
    def requests(self) -> int:
        return sum(load.requests for load in self.loads)

    def cpu_us(self) -> dict[str, float]:
        """CPU time a request, by process."""
        return {process: seconds / self.requests * 1e6 for process, seconds in self.cpu_seconds.items()}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sns_fan_out")
    parser.add_argument("--seconds", type=int, default=12, help="how long each case is sent")
    parser.add_argument("--connections", type=int, nargs="+", default=CONNECTIONS)
    options = parser.parse_args()
    print(f"| {' | '.join(_COLUMNS)} |\n|---|--:|--:|--:|--:|---|--:|")
    with tempfile.TemporaryDirectory(prefix="ruststack-sns-bench-") as folder:
        scratch = Path(folder)
        with running_fleet(scratch / "fleet", "--services", "sqs,sns") as fleet:
            _prepare(fleet)
            pids = fleet_cost.process_ids(fleet)
            for connections in options.connections:
                cases = _cases(fleet)
                for turn in range(options.seconds + 1):
                    for case in cases:
                        _take_turn(fleet, pids, case, connections, scratch, counts=turn > 0)
                _show(connections, cases)
    print(f"\nOne signature of an envelope takes {_signature_us():.0f} us.")
    return 0


def _signature_us(count: int = 2_000) -> float:
    """CPU time of one of SNS's signatures, which every message with an envelope needs."""
    signer = Signer(generate_signing_key(time.time()))
    text = "x" * 300
    signer.sign(text, "1")
    before = time.process_time()
    for _ in range(count):
        signer.sign(text, "1")
    return (time.process_time() - before) / count * 1e6


def _prepare(fleet: Running) -> None:
    sqs, sns = fleet.client("sqs"), fleet.client("sns")
    sqs.create_queue(QueueName="direct")
    for topic in TOPICS:
        arn = sns.create_topic(Name=topic.name)["TopicArn"]
        for number in range(topic.queues):
            sqs.create_queue(QueueName=f"{topic.name}-{number}")
            sns.subscribe(
                TopicArn=arn,
                Protocol="sqs",
                Endpoint=f"arn:aws:sqs:us-east-1:{ACCOUNT_ID}:{topic.name}-{number}",
                Attributes={"RawMessageDelivery": "true" if topic.raw else "false"},
            )


def _cases(fleet: Running) -> list[Case]:
    def authorization(service: str) -> str:
        scope = f"Credential=test/20260101/us-east-1/{service}/aws4_request"
        return f"Authorization: AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0"

    send = json.dumps({"QueueUrl": f"{fleet.url}/{ACCOUNT_ID}/direct", "MessageBody": _TEXT})
    json_headers = ["X-Amz-Target: AmazonSQS.SendMessage", "Content-Type: application/x-amz-json-1.0"]
    cases = [Case("SendMessage", send, [authorization("sqs"), *json_headers])]
    for topic in TOPICS:
        arn = f"arn%3Aaws%3Asns%3Aus-east-1%3A{ACCOUNT_ID}%3A{topic.name}"
        publish = f"Action=Publish&Version=2010-03-31&TopicArn={arn}&Message={_TEXT}"
        form = "Content-Type: application/x-www-form-urlencoded; charset=utf-8"
        cases.append(Case(topic.case, publish, [authorization("sns"), form]))
    return cases


def _take_turn(
    fleet: Running, pids: dict[str, int], case: Case, connections: int, scratch: Path, *, counts: bool
) -> None:
    file = scratch / "body"
    file.write_text(case.body)
    before = fleet_cost.cpu_seconds(pids)
    arguments = ["POST", "/", str(file), *case.headers]
    load = wrk.run(fleet.url, "request.lua", arguments, connections=connections, seconds=1, scratch=scratch)
    after = fleet_cost.cpu_seconds(pids)
    if load.failed:
        raise RuntimeError(f"{case.name}: {load.failed} requests failed")
    if counts:
        case.loads.append(load)
        for process in pids:
            spent = after[process] - before[process]
            case.cpu_seconds[process] = case.cpu_seconds.get(process, 0.0) + spent


def _show(connections: int, cases: list[Case]) -> None:
    direct = sum(cases[0].cpu_us().values())
    for case in cases:
        spent = case.cpu_us()
        by_process = ", ".join(f"{process} {us:.0f}" for process, us in spent.items() if us >= 3)
        cells = [
            case.name,
            str(connections),
            f"{case.requests / sum(load.seconds for load in case.loads):,.0f}",
            f"{statistics.median(load.p50_us for load in case.loads):,.0f}",
            f"{sum(spent.values()):,.0f}",
            by_process,
            f"{sum(spent.values()) / direct:.2f}" if case is not cases[0] else "1",
        ]
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
