"""`ruststack seed` and `RUSTSTACK_SEED`: what a file says is there, once, before the fleet says that it is ready."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.access import OWNER, access_environment
from tests.processes import Running, running_fleet
from tests.ruststack.command import refusal, ruststack

SEED = """
region: us-east-1
buckets:
  - name: photos-{mark}
    versioning: Enabled
    tags: {{team: web, cost: 7}}
    cors: {{CORSRules: [{{AllowedMethods: [GET], AllowedOrigins: ["*"], MaxAgeSeconds: 5}}]}}
    lifecycle: {{Rules: [{{ID: old, Status: Enabled, Filter: {{Prefix: tmp/}}, Expiration: {{Days: 3}}}}]}}
    policy:
      Version: "2012-10-17"
      Statement:
        - Effect: Allow
          Principal: {{AWS: "111122223333"}}
          Action: "s3:GetObject"
          Resource: "arn:aws:s3:::photos-{mark}/*"
    notifications:
      QueueConfigurations:
        - {{QueueArn: "arn:aws:sqs:us-east-1:000000000000:jobs-{mark}", Events: ["s3:ObjectCreated:*"]}}
    files:
      - {{key: hello.txt, text: hello, metadata: {{Who: me}}}}
      - {{key: a.json, json: {{a: [1]}}}}
      - {{key: icon, path: files/icon.png, content_type: image/png}}
      - {{folder: files, prefix: static/}}
  - {{name: far-{mark}, region: eu-central-1, website: {{IndexDocument: {{Suffix: index.html}}}}}}
tables:
  - name: orders-{mark}
    partition_key: id
    sort_key: {{name: at, type: N}}
    global_indexes: [{{name: by-state, partition_key: state, sort_key: at}}]
    local_indexes: [{{name: by-size, sort_key: {{name: size, type: N}}, projection: [state]}}]
    stream: NEW_IMAGE
    time_to_live: expires
    point_in_time_recovery: true
    tags: {{a: b}}
    items:
      - {{id: a, at: 1, state: new, list: [1, x, null, true], bin: !!binary aGVsbG8=, colours: !!set {{red, blue}}}}
      - {{id: b, at: 2.50, account: 000000000000}}
    typed_items: [{{id: {{S: c}}, at: {{N: "3"}}}}]
    item_files: [{{path: items.jsonl}}, {{path: typed.json, typed: true}}]
queues:
  - name: jobs-{mark}
    attributes: {{VisibilityTimeout: 60}}
    dead_letters: {{queue: jobs-dead-{mark}, max_receives: 3}}
    tags: {{x: 1}}
  - {{name: jobs-dead-{mark}}}
  - {{name: "orders-{mark}.fifo", attributes: {{ContentBasedDeduplication: true}}}}
topics:
  - name: events-{mark}
    attributes: {{DisplayName: Events}}
    tags: {{k: v}}
    subscriptions:
      - {{queue: jobs-{mark}, filter: {{kind: [order]}}, raw: true}}
      - {{protocol: email, endpoint: someone@example.com}}
subscriptions:
  - {{topic: events-{mark}, queue: jobs-dead-{mark}}}
faults:
  - {{service: sqs, operation: PurgeQueue, resource: jobs-{mark}, error: OverLimit}}
---
account: 111122223333
region: eu-west-1
queues: [{{name: elsewhere-{mark}}}]
"""


@pytest.fixture
def seed(tmp_path: Path, unique_name: str) -> tuple[Path, str]:
    """A seed's file, of names that no other test uses, and what these end with."""
    mark = unique_name.removeprefix("test-")[:12]
    file = tmp_path / "seed.yaml"
    file.write_text(SEED.format(mark=mark))
    (tmp_path / "files" / "deep").mkdir(parents=True)
    (tmp_path / "files" / "icon.png").write_bytes(b"png" * 100_000)
    (tmp_path / "files" / "deep" / "index.html").write_text("<p>")
    (tmp_path / "items.jsonl").write_text('{"id": "line", "at": 1}\n\n{"id": "line", "at": 2}\n')
    (tmp_path / "typed.json").write_text(json.dumps([{"id": {"S": "typed"}, "at": {"N": "1"}}]))
    return file, mark


def run(fleet: Running, *arguments: str) -> list[str]:
    done = ruststack("seed", *arguments, "--endpoint-url", fleet.url)
    assert done.returncode == 0, done
    return done.stdout.splitlines()


def check(fleet: Running, mark: str) -> None:
    """That all is there that the seed speaks of."""
    s3, sqs, sns, dynamodb = (fleet.client(name) for name in ("s3", "sqs", "sns", "dynamodb"))
    bucket = f"photos-{mark}"
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert keys == ["a.json", "hello.txt", "icon", "static/deep/index.html", "static/icon.png"]
    hello = s3.get_object(Bucket=bucket, Key="hello.txt")
    assert (hello["Body"].read(), hello["ContentType"], hello["Metadata"]) == (b"hello", "text/plain", {"who": "me"})
    assert s3.get_object(Bucket=bucket, Key="icon")["ContentLength"] == 300_000
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == [
        {"Key": "team", "Value": "web"},
        {"Key": "cost", "Value": "7"},
    ]
    assert s3.get_bucket_cors(Bucket=bucket)["CORSRules"][0]["MaxAgeSeconds"] == 5
    assert s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"][0]["Expiration"] == {"Days": 3}
    assert "111122223333" in s3.get_bucket_policy(Bucket=bucket)["Policy"]
    assert s3.get_bucket_location(Bucket=f"far-{mark}")["LocationConstraint"] == "eu-central-1"
    url = sqs.get_queue_url(QueueName=f"jobs-{mark}")["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert attributes["VisibilityTimeout"] == "60"
    assert json.loads(attributes["RedrivePolicy"])["maxReceiveCount"] in (3, "3")
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"x": "1"}
    topic = f"arn:aws:sns:us-east-1:000000000000:events-{mark}"
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["DisplayName"] == "Events"
    subscriptions = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert sorted(one["Protocol"] for one in subscriptions) == ["email", "sqs", "sqs"]
    dynamodb.get_waiter("table_exists").wait(TableName=f"orders-{mark}", WaiterConfig={"Delay": 1})
    table = dynamodb.describe_table(TableName=f"orders-{mark}")["Table"]
    assert table["StreamSpecification"]["StreamViewType"] == "NEW_IMAGE"
    items = dynamodb.scan(TableName=f"orders-{mark}")["Items"]
    assert {item["id"]["S"] for item in items} == {"a", "b", "c", "line", "typed"}
    (first,) = (item for item in items if item["id"]["S"] == "a")
    assert first["bin"] == {"B": b"hello"}
    assert sorted(first["colours"]["SS"]) == ["blue", "red"]
    assert first["list"] == {"L": [{"N": "1"}, {"S": "x"}, {"NULL": True}, {"BOOL": True}]}
    (second,) = (item for item in items if item["id"]["S"] == "b")
    assert (second["at"], second["account"]) == ({"N": "2.5"}, {"S": "000000000000"})
    ttl = dynamodb.describe_time_to_live(TableName=f"orders-{mark}")["TimeToLiveDescription"]
    assert (ttl["TimeToLiveStatus"], ttl["AttributeName"]) == ("ENABLED", "expires")
    elsewhere = fleet.client("sqs", account_id="111122223333", region_name="eu-west-1")
    assert elsewhere.get_queue_url(QueueName=f"elsewhere-{mark}")["QueueUrl"]
    rules = fleet.get("/_ruststack/faults")["faults"]
    assert [rule["error"] for rule in rules if rule["resource"] == f"jobs-{mark}"] == ["OverLimit"]


def test_what_is_said_is_made_once(fleet: Running, seed: tuple[Path, str]) -> None:
    file, mark = seed
    would = run(fleet, str(file), "--dry-run")
    assert would[-1].endswith("would be made")
    assert f"queue jobs-dead-{mark}: create" in would
    assert not [url for url in fleet.client("sqs").list_queues().get("QueueUrls", ()) if mark in url]

    made = run(fleet, str(file))
    assert made[:-1] == would[:-1]
    assert made.index(f"queue jobs-dead-{mark}: create") < made.index(f"queue jobs-{mark}: create")
    check(fleet, mark)
    assert run(fleet, str(file)) == ["0 changes made"]
    assert run(fleet, str(file), "--dry-run") == ["0 changes would be made"]


def test_what_differs_is_put_right_and_nothing_else_is_touched(fleet: Running, seed: tuple[Path, str]) -> None:
    file, mark = seed
    run(fleet, str(file))
    s3, sqs, sns, dynamodb = (fleet.client(name) for name in ("s3", "sqs", "sns", "dynamodb"))
    url = sqs.get_queue_url(QueueName=f"jobs-{mark}")["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "5", "DelaySeconds": "9"})
    sqs.tag_queue(QueueUrl=url, Tags={"own": "tag", "x": "2"})
    s3.put_object(Bucket=f"photos-{mark}", Key="hello.txt", Body=b"changed")
    s3.put_object(Bucket=f"photos-{mark}", Key="own", Body=b"own")
    s3.delete_bucket_cors(Bucket=f"photos-{mark}")
    dynamodb.delete_item(TableName=f"orders-{mark}", Key={"id": {"S": "c"}, "at": {"N": "3"}})
    dynamodb.put_item(TableName=f"orders-{mark}", Item={"id": {"S": "own"}, "at": {"N": "1"}})
    topic = f"arn:aws:sns:us-east-1:000000000000:events-{mark}"
    for one in sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]:
        if one["Endpoint"].endswith(f":jobs-{mark}"):
            sns.set_subscription_attributes(
                SubscriptionArn=one["SubscriptionArn"], AttributeName="RawMessageDelivery", AttributeValue="false"
            )
    lines = run(fleet, str(file))
    assert lines == [
        f"queue jobs-{mark}: set VisibilityTimeout",
        f"queue jobs-{mark}: tag with x",
        f"subscription of sqs arn:aws:sqs:us-east-1:000000000000:jobs-{mark} to events-{mark}: set RawMessageDelivery",
        f"table orders-{mark}: put 1 item",
        f"bucket photos-{mark}: put cors",
        f"bucket photos-{mark}: put hello.txt (5 bytes)",
        "6 changes made",
    ]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds"])["Attributes"]
    assert attributes == {"DelaySeconds": "9"}
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"own": "tag", "x": "1"}
    assert s3.get_object(Bucket=f"photos-{mark}", Key="own")["Body"].read() == b"own"
    assert dynamodb.get_item(TableName=f"orders-{mark}", Key={"id": {"S": "own"}, "at": {"N": "1"}})["Item"]


def test_a_table_gets_what_is_new_and_keeps_its_key(fleet: Running, unique_name: str, tmp_path: Path) -> None:
    file = tmp_path / "seed.yaml"
    file.write_text(f"tables: [{{name: {unique_name}, partition_key: id}}]")
    run(fleet, str(file))
    file.write_text(
        f"""
tables:
  - name: {unique_name}
    partition_key: id
    capacity: {{read: 5, write: 6}}
    deletion_protection: true
    stream: KEYS_ONLY
    global_indexes: [{{name: by-owner, partition_key: owner}}]
"""
    )
    assert run(fleet, str(file))[:-1] == [
        f"table {unique_name}: set BillingMode, ProvisionedThroughput",
        f"table {unique_name}: set StreamSpecification",
        f"table {unique_name}: set DeletionProtectionEnabled",
        f"table {unique_name}: add the index by-owner",
    ]
    table = fleet.client("dynamodb").describe_table(TableName=unique_name)["Table"]
    assert table["ProvisionedThroughput"]["WriteCapacityUnits"] == 6
    assert table["GlobalSecondaryIndexes"][0]["IndexStatus"] == "ACTIVE"
    assert run(fleet, str(file)) == ["0 changes made"]
    file.write_text(f"\n\ntables: [{{name: {unique_name}, partition_key: other}}]")
    line = refusal("seed", str(file), "--endpoint-url", fleet.url)
    assert line == f"ruststack: {file}, line 3: tables.0.name is there with another key: delete it"


def test_a_service_that_has_no_time_is_asked_again(fleet: Running, account_id: str, tmp_path: Path) -> None:
    file = tmp_path / "seed.yaml"
    file.write_text(
        f'account: "{account_id}"\nqueues: [{{name: throttled}}]\ntables: [{{name: throttled, partition_key: id}}]'
    )
    rule = (
        "--account",
        account_id,
        "--operation",
        "Create*",
        "--throttle",
        "--times",
        "4",
        "--endpoint-url",
        fleet.url,
    )
    assert ruststack("faults", "add", *rule).returncode == 0
    assert run(fleet, str(file))[-1] == "2 changes made"


MISTAKES = {
    "queues:\n  - nam: x": "line 2: queues.0.nam is not known here: did you mean name?",
    "queues:\n  - attributes: {}": "line 2: queues.0 lacks name",
    "queues:\n  - name: 7": "line 2: queues.0.name is an integer, not a string",
    "queues:\n  - name: 'a b'": "line 2: queues.0.name 'a b' is not of the form",
    "queue: []": "line 1: queue is not known here: did you mean queues?",
    "account: 12\nqueues: []": "line 1: account 12 is not of the form",
    "queues:\n  name: x": "line 1: queues is a mapping, not a list",
    "tables:\n- name: abc\n  partition_key: {name: a, type: X}": "line 3: tables.0.partition_key.type is none of S, N",
    "buckets:\n- name: abc\n  files:\n  - key: x": "line 4: buckets.0.files.0 wants key and path or key and text",
    "queues: [": "this is no YAML",
    "queues:\n  - name: x\n    name: y": "line 3: queues.0.name is there twice",
    "- a": "line 1: the document is a list, not a mapping or nothing",
    "queues:\n- &a {name: x, attributes: {Policy: *a}}": "nested too deep",
    "subscriptions:\n- queue: x": "line 2: subscriptions.0 lacks topic",
    "topics:\n- name: x\n  subscriptions:\n  - {topic: y, queue: z}": "line 4: topics.0.subscriptions.0.topic stands",
    "tables:\n- name: abc\n  partition_key: id\n  local_indexes:\n  - name: abc": "line 5: tables.0.local_indexes.0",
    "tables:\n- name: abc\n  partition_key: id\n  items:\n  - {idd: 1}": "line 5: tables.0.items.0 has no id",
    "tables:\n- name: abc\n  partition_key: id\n  items:\n  - {id: 1}": "line 5: tables.0.items.0 has id as N",
    "tables:\n- name: abc\n  partition_key: id\n  typed_items:\n  - {id: x}": "line 5: tables.0.typed_items.0 cannot",
    "tables:\n- name: abc\n  partition_key: id\n  item_files:\n  - path: no": "line 5: tables.0.item_files.0.path",
    "tables:\n- name: abc\n  partition_key: id\n  item_files:\n  - path: odd.json": "item_files.0 has no id",
    "buckets:\n- name: abc\n  cors: {Rules: []}": "line 3: buckets.0.cors is not as PutBucketCors takes it: it has",
    "buckets:\n- name: abc\n  files:\n  - {key: x, path: nowhere}": "line 4: buckets.0.files.0.path is no file",
    "buckets:\n- name: abc\n  files:\n  - folder: nowhere": "line 4: buckets.0.files.0.folder is no folder",
}


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_is_named_with_its_line_before_anything_is_made(tmp_path: Path, text: str) -> None:
    file = tmp_path / "seed.yaml"
    file.write_text(text)
    (tmp_path / "odd.json").write_text('[{"other": 1}]')
    line = refusal("seed", "--check", str(file))
    assert line.startswith(f"ruststack: {file}, line ")
    assert MISTAKES[text] in line


def test_where_something_cannot_be_used_nothing_is_made(fleet: Running, tmp_path: Path, unique_name: str) -> None:
    file = tmp_path / "seed.yaml"
    file.write_text(
        f"queues: [{{name: {unique_name}}}]\nbuckets:\n- name: {unique_name}\n  files: [{{key: a, path: nowhere}}]"
    )
    done = ruststack("seed", str(file), "--endpoint-url", fleet.url)
    assert (done.returncode, done.stdout) == (2, "")
    assert "line 4: buckets.0.files.0.path is no file" in done.stderr
    assert not fleet.client("sqs").list_queues(QueueNamePrefix=unique_name).get("QueueUrls")


REFUSED = {
    "queues:\n- name: x\n  attributes: {VisibilityTimeout: -1}": "line 2: queues.0 cannot be made so (create): sqs:",
    "faults:\n- {error: Odd}": "line 2: faults.0 cannot be used",
    "faults:\n- {service: sqs, throttle: true}\n- {operation: GetItm, throttle: true}": "did you mean GetItem?",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_a_service_refuses_is_named_with_its_line(fleet: Running, tmp_path: Path, text: str) -> None:
    file = tmp_path / "seed.yaml"
    file.write_text(text)
    line = refusal_after_output("seed", str(file), "--endpoint-url", fleet.url)
    assert line.startswith(f"ruststack: {file}, line ")
    assert REFUSED[text] in line


def refusal_after_output(*arguments: str) -> str:
    """The line on stderr of a command that may have told of what it was about to do."""
    done = ruststack(*arguments)
    assert done.returncode == 2, done
    (line,) = done.stderr.splitlines()
    return line


def test_a_file_that_is_not_there_and_none_at_all_are_named(tmp_path: Path) -> None:
    assert refusal("seed", str(tmp_path / "nothing")).endswith("cannot be read: No such file or directory")
    assert refusal("seed") == "ruststack: name a file, or set RUSTSTACK_SEED"
    (tmp_path / "empty.yaml").write_text("")
    assert ruststack("seed", "--check", str(tmp_path / "empty.yaml")).returncode == 0


def test_faults_that_cannot_be_used_are_refused_before_anything_is_made(
    fleet: Running, tmp_path: Path, unique_name: str
) -> None:
    file = tmp_path / "seed.yaml"
    file.write_text(f"queues: [{{name: {unique_name}}}]\nfaults:\n- {{service: sqs, operation: Sned, throttle: true}}")
    for options in (("--dry-run",), ()):
        line = refusal("seed", str(file), *options, "--endpoint-url", fleet.url)
        assert f"{file}, line 3: faults.0 cannot be used: " in line
        assert "sqs has no operation 'Sned'" in line
    assert not fleet.client("sqs").list_queues(QueueNamePrefix=unique_name).get("QueueUrls")


@pytest.fixture
def seeded(tmp_path: Path, seed: tuple[Path, str]) -> Iterator[Running]:
    with running_fleet(tmp_path / "fleet", environment={"RUSTSTACK_SEED": str(seed[0])}, start=False) as running:
        yield running


def test_ready_means_that_it_is_in(seeded: Running, seed: tuple[Path, str]) -> None:
    seeded.health_path = "/_ruststack/health"
    seeded.start(timeout=120)
    done = ruststack("wait", "--timeout", "150", "--endpoint-url", seeded.url)
    assert done.returncode == 0, done
    assert seeded.get("/_ruststack/ready")["ready"] is True
    check(seeded, seed[1])
    log = seeded.log.read_text()
    assert log.index("changes made") < log.index("Ready.")
    seeded.restart()
    assert ruststack("wait", "--timeout", "150", "--endpoint-url", seeded.url).returncode == 0
    assert "1 change made" in seeded.log.read_text()  # the fault rule, which ends with the processes
    check(seeded, seed[1])


def test_a_fleet_with_a_seed_that_cannot_be_used_does_not_start(tmp_path: Path) -> None:
    file = tmp_path / "seed.yaml"
    file.write_text("queues:\n- nam: x\n")
    with running_fleet(tmp_path / "fleet", environment={"RUSTSTACK_SEED": str(file)}, start=False) as running:
        with pytest.raises(RuntimeError, match=r"line 2: queues\.0\.nam is not known here"):
            running.start()
        assert running.process is not None
        assert running.process.returncode == 2
    file.write_text("queues:\n- name: x\n  attributes: {VisibilityTimeout: -1}\n")
    done = ruststack("up", "-d", "--port", "0", "--data-dir", str(tmp_path / "d"), RUSTSTACK_SEED=str(file))
    assert done.returncode != 0
    assert "line 2: queues.0 cannot be made so" in done.stderr


def test_where_who_asks_is_asked_it_signs_as_the_accounts_own(tmp_path: Path) -> None:
    environment = access_environment(tmp_path)
    file = tmp_path / "seed.yaml"
    file.write_text(f'account: "{OWNER}"\nqueues: [{{name: signed}}]\nfaults: [{{service: sqs, latency: 0}}]\n')
    with running_fleet(tmp_path / "fleet", environment={**environment, "RUSTSTACK_SEED": str(file)}) as fleet:
        done = ruststack("wait", "--timeout", "150", "--endpoint-url", fleet.url)
        assert done.returncode == 0, fleet.log.read_text()
        assert "queue signed: create" in fleet.log.read_text()


def schema() -> Any:
    return json.loads((Path(__file__).parents[2] / "ruststack" / "seeds" / "schema.json").read_text())


def test_the_schema_uses_only_what_is_checked() -> None:
    known = {
        *("$schema", "$defs", "$ref", "title", "description", "type", "enum", "pattern", "minLength", "minimum"),
        *("maximum", "required", "properties", "additionalProperties", "items", "anyOf"),
    }

    def walk(rules: Any) -> None:
        if isinstance(rules, dict):
            assert set(rules) <= known, rules
            for name in ("properties", "$defs"):
                for entry in rules.get(name, {}).values():
                    walk(entry)
            for name in ("items", "additionalProperties"):
                walk(rules.get(name))

    walk(schema())
