"""`ruststack snapshot ...` and `/_ruststack/snapshots`: what was there is there again, on any database."""

from __future__ import annotations

import gzip
import shutil
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.access import access_environment
from tests.postgresql import PostgresqlServer
from tests.processes import ACCOUNT_ID, Running, running_fleet
from tests.ruststack.command import refusal, ruststack
from tests.ruststack.snapshot_content import ask, content, fill
from tests.services.sns.delivery.receiver import running_receiver
from tests.waiting import wait_until

OTHER = "111122223333"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_fleet(tmp_path_factory.mktemp("snapshots")) as running:
        yield running


@pytest.fixture
def emptied(shared: Running) -> Running:
    """The module's fleet, with nothing in it."""
    shared.post("/_ruststack/reset")
    for snapshot in ask(shared, "GET")["snapshots"]:
        ask(shared, "DELETE", f"/{snapshot['name']}")
    return shared


def run(fleet: Running, *arguments: str) -> str:
    done = ruststack("snapshot", *arguments, "--endpoint-url", fleet.url)
    assert done.returncode == 0, done
    return done.stdout


def test_everything_is_there_again_after_a_load(emptied: Running) -> None:
    fill(emptied)
    before = content(emptied)
    assert len(before["objects"]) == 3
    assert len(before["messages"]) == 3
    assert before["records"] == [{"id": {"S": "one"}}]

    assert run(emptied, "save", "one").startswith("saved: one  ")
    emptied.post("/_ruststack/reset")
    fill(emptied, mark="two")
    emptied.client("sqs").create_queue(QueueName="further")
    ask(emptied, "POST", "/one/load")

    assert content(emptied) == before
    assert not [url for url in emptied.client("sqs").list_queues()["QueueUrls"] if url.endswith("/further")]
    # and it is a state like any other: written to, delivered in, numbered on
    emptied.client("dynamodb").put_item(TableName="table", Item={"id": {"S": "three"}, "tint": {"S": "red"}})
    topic = emptied.client("sns").list_topics()["Topics"][0]["TopicArn"]
    emptied.client("sns").publish(TopicArn=topic, Message="published")
    sqs = emptied.client("sqs")
    url = sqs.get_queue_url(QueueName="target")["QueueUrl"]
    assert sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"][0]["Body"] == "published"
    assert len(content(emptied)["items"]) == 2
    # once more: what has been changed since is not in it
    run(emptied, "load", "one")
    assert content(emptied) == before


def test_it_is_all_there_after_a_restart_as_well_and_no_file_is_put_aside(tmp_path: Path) -> None:
    with running_fleet(tmp_path) as fleet:
        fill(fleet)
        before = content(fleet)
        run(fleet, "save", "kept")
        fleet.post("/_ruststack/reset")
        fleet.restart()
        run(fleet, "load", "kept")
        fleet.restart()
        assert content(fleet) == before
        assert "belong to another database" not in fleet.log.read_text()
        doctor = ruststack("doctor", "--data-dir", str(fleet.data_dir))
        assert doctor.returncode == 0, doctor
        run(fleet, "delete", "kept")
        assert content(fleet) == before


def test_the_list_says_what_each_holds(emptied: Running) -> None:
    emptied.client("sqs").create_queue(QueueName="queue")
    saved = ask(emptied, "POST", "?name=first")
    assert saved["services"]["sqs"] == {"queues": 1, "messages": 0}
    ask(emptied, "POST", "?name=second")
    assert [one["name"] for one in ask(emptied, "GET")["snapshots"]] == ["second", "first"]
    lines = run(emptied, "list").splitlines()
    assert [line.split()[0] for line in lines] == ["second", "first"]
    assert "1 queue," in lines[0]
    assert run(emptied, "delete", "first") == "deleted: first\n"
    assert [one["name"] for one in ask(emptied, "GET")["snapshots"]] == ["second"]


def test_mistakes_are_answered_in_a_line(emptied: Running) -> None:
    endpoint = ("--endpoint-url", emptied.url)
    run(emptied, "save", "there")
    assert "there is a snapshot 'there' already" in refusal("snapshot", "save", "there", *endpoint)
    run(emptied, "save", "there", "--replace")
    assert "there is no snapshot 'nothing'" in refusal("snapshot", "load", "nothing", *endpoint)
    assert "there is no snapshot 'nothing'" in refusal("snapshot", "delete", "nothing", *endpoint)
    assert "there is no snapshot 'nothing'" in refusal("snapshot", "export", "nothing", "/tmp/x.tar", *endpoint)
    assert "'../there' is no name for a snapshot" in refusal("snapshot", "save", "../there", *endpoint)
    assert "cannot be read" in refusal("snapshot", "import", "/nowhere.tar", *endpoint)
    assert "account" in refusal("snapshot", "save", "x", "--account", "12", *endpoint)


def remove_part(folder: Path) -> None:
    shutil.rmtree(folder / "sqs")


def remove_state(folder: Path) -> None:
    (folder / "sns" / "state.db").unlink()


def cut_state(folder: Path) -> None:
    (folder / "dynamodb" / "state.db").write_bytes(b"SQLite format 3\0 and no more")


def remove_object(folder: Path) -> None:
    next(path for path in (folder / "s3" / "objects").rglob("*") if path.is_file()).unlink()


def spoil_description(folder: Path) -> None:
    (folder / "s3" / "part.json").write_text("{")


@pytest.mark.parametrize(
    ("spoil", "text"),
    [
        (remove_part, "the snapshot 'first' is not whole: its part of sqs is gone; nothing was changed"),
        (remove_state, "the snapshot's state.db cannot be read: unable to open database file"),
        (cut_state, "the snapshot's state.db cannot be read: "),
        (remove_object, "the snapshot's objects are not whole: bytes of one are missing"),
        (spoil_description, "the snapshot's part.json cannot be read: "),
    ],
)
def test_one_that_somebody_has_spoilt_is_refused_and_nothing_changed(
    emptied: Running, spoil: Callable[[Path], None], text: str
) -> None:
    fill(emptied)
    for name in ("first", "second"):
        run(emptied, "save", name)
    emptied.client("sqs").create_queue(QueueName="later")
    before = content(emptied)
    spoil(emptied.data_dir / "snapshots" / "first")
    assert text in refusal("snapshot", "load", "first", "--endpoint-url", emptied.url)
    assert content(emptied) == before
    assert {one["name"] for one in ask(emptied, "GET")["snapshots"]} == {"first", "second"}
    run(emptied, "load", "second")
    run(emptied, "delete", "first")


def test_one_account_is_loaded_beside_the_others(emptied: Running) -> None:
    fill(emptied, mark="own")
    fill(emptied, OTHER, mark="other", bucket="other-bucket")
    own, other = content(emptied), content(emptied, OTHER, "other-bucket")
    run(emptied, "save", "both")
    emptied.post("/_ruststack/reset")
    # the numbers that the database has given to rows are taken anew by others
    fill(emptied, "222233334444", mark="third", bucket="third-bucket")
    third = content(emptied, "222233334444", "third-bucket")

    said = run(emptied, "load", "both", "--account", OTHER)
    assert said == f"loaded: account {OTHER} of both\n"
    assert content(emptied, OTHER, "other-bucket") == other
    assert content(emptied, "222233334444", "third-bucket") == third
    assert "QueueUrls" not in emptied.client("sqs").list_queues()
    dynamodb = emptied.client("dynamodb", account_id=OTHER)
    dynamodb.put_item(TableName="table", Item={"id": {"S": "more"}, "tint": {"S": "red"}})
    assert len(content(emptied, OTHER, "other-bucket")["records"]) == 2
    assert content(emptied, "222233334444", "third-bucket") == third
    (backup,) = dynamodb.list_backups()["BackupSummaries"]
    dynamodb.restore_table_from_backup(TargetTableName="restored", BackupArn=backup["BackupArn"])
    dynamodb.get_waiter("table_exists").wait(TableName="restored", WaiterConfig={"Delay": 1})
    assert dynamodb.scan(TableName="restored")["Items"] == other["items"]
    # twice: in place of what the account has
    run(emptied, "load", "both", "--account", OTHER)
    assert content(emptied, OTHER, "other-bucket") == other

    run(emptied, "load", "both")
    assert content(emptied) == own


def test_a_global_table_goes_on_where_it_was(emptied: Running) -> None:
    home, away = (
        emptied.client("dynamodb", account_id=OTHER, region_name=region) for region in ("us-east-1", "eu-west-1")
    )
    home.create_table(
        TableName="table",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    home.update_table(TableName="table", ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}])
    regions = f"/_aws/dynamodb/regions?account={OTHER}"
    emptied.post(f"{regions}&cut=eu-west-1")
    home.put_item(TableName="table", Item={"id": {"S": "one"}, "n": {"N": "1"}})
    away.put_item(TableName="table", Item={"id": {"S": "one"}, "n": {"N": "2"}})
    emptied.client("dynamodb").create_table(
        TableName="before",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    run(emptied, "save", "cut", "--account", OTHER)
    emptied.post(f"/_ruststack/reset?account={OTHER}")
    assert emptied.get(regions) == {"cut": [], "waiting": []}
    run(emptied, "load", "cut", "--account", OTHER)
    assert [cut["region"] for cut in emptied.get(regions)["cut"]] == ["eu-west-1"]
    assert len(emptied.get(regions)["waiting"]) == 2
    emptied.post(f"{regions}&join=eu-west-1")
    item = {"TableName": "table", "Key": {"id": {"S": "one"}}}
    wait_until(lambda: home.get_item(**item)["Item"] == away.get_item(**item)["Item"])
    assert home.get_item(**item)["Item"]["n"] == {"N": "2"}


def test_a_snapshot_of_one_account_holds_and_replaces_that_alone(emptied: Running) -> None:
    fill(emptied, mark="own")
    fill(emptied, OTHER, mark="other", bucket="other-bucket")
    other = content(emptied, OTHER, "other-bucket")
    saved = ask(emptied, "POST", f"?name=other&account={OTHER}")
    assert saved["account"] == OTHER
    assert saved["services"]["sqs"]["queues"] == 2
    emptied.post("/_ruststack/reset")
    fill(emptied, mark="new")
    new = content(emptied)
    run(emptied, "load", "other")
    assert content(emptied, OTHER, "other-bucket") == other
    assert content(emptied) == new
    with pytest.raises(OSError, match="409"):
        ask(emptied, "POST", "/other/load?account=000000000000")


def test_an_access_point_comes_back_unless_its_name_is_anothers_by_now(emptied: Running) -> None:
    name, place = "point--use1-az4--xa-s3", {"Location": {"Type": "AvailabilityZone", "Name": "use1-az4"}}
    kind = {"Bucket": {"Type": "Directory", "DataRedundancy": "SingleAvailabilityZone"}}
    control = {
        account: emptied.client(
            "s3control",
            account_id=account,
            endpoint_url=f"http://localhost.localstack.cloud:{emptied.port}",
            config=Config(proxies={"http": emptied.url}),
        )
        for account in (OTHER, ACCOUNT_ID)
    }

    def create(account: str, bucket: str) -> None:
        s3 = emptied.client("s3", account_id=account)
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={**place, **kind})
        control[account].create_access_point(AccountId=account, Name=name, Bucket=bucket)

    create(OTHER, "one--use1-az4--x-s3")
    run(emptied, "save", "with-a-point")
    control[OTHER].delete_access_point(AccountId=OTHER, Name=name)
    run(emptied, "load", "with-a-point", "--account", OTHER)
    assert control[OTHER].get_access_point(AccountId=OTHER, Name=name)["Bucket"] == "one--use1-az4--x-s3"
    control[OTHER].delete_access_point(AccountId=OTHER, Name=name)
    create(ACCOUNT_ID, "two--use1-az4--x-s3")
    line = refusal("snapshot", "load", "with-a-point", "--account", OTHER, "--endpoint-url", emptied.url)
    assert line.endswith(f"the bucket or access point {name} belongs to another account by now")


def test_a_bucket_that_is_anothers_by_now_is_not_taken_away(emptied: Running) -> None:
    s3 = emptied.client("s3", account_id=OTHER)
    s3.create_bucket(Bucket="wanted-by-two")
    run(emptied, "save", "before")
    s3.delete_bucket(Bucket="wanted-by-two")
    emptied.client("s3").create_bucket(Bucket="wanted-by-two")
    emptied.client("s3").put_object(Bucket="wanted-by-two", Key="key", Body=b"stays")
    line = refusal("snapshot", "load", "before", "--account", OTHER, "--endpoint-url", emptied.url)
    assert line.endswith("the bucket wanted-by-two belongs to another account by now")
    got = emptied.client("s3").get_object(Bucket="wanted-by-two", Key="key")
    assert got["Body"].read() == b"stays"


def test_the_clock_goes_with_it(emptied: Running) -> None:
    sqs = emptied.client("sqs")
    url = sqs.create_queue(QueueName="queue", Attributes={"MessageRetentionPeriod": "3600"})["QueueUrl"]
    emptied.advance_clock(10 * 86_400)
    sqs.send_message(QueueUrl=url, MessageBody="kept")
    run(emptied, "save", "ahead")
    emptied.post("/_ruststack/clock?offset=0")
    run(emptied, "load", "ahead")
    assert emptied.get("/_ruststack/clock")["offset"] == pytest.approx(10 * 86_400)
    emptied.advance_clock(7200)
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    saved_at = ask(emptied, "GET")["snapshots"][0]["saved_at"]
    run(emptied, "load", "ahead", "--at-saved-time")
    now = float(emptied.get("/_ruststack/clock")["now"])
    assert 0 <= now - saved_at - 10 * 86_400 < 60
    assert [message["Body"] for message in sqs.receive_message(QueueUrl=url)["Messages"]] == ["kept"]
    emptied.post("/_ruststack/clock?offset=0")


def test_receives_that_wait_find_what_is_loaded(emptied: Running) -> None:
    sqs = emptied.client("sqs")
    url = sqs.create_queue(QueueName="queue")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="saved")
    run(emptied, "save", "full")
    sqs.purge_queue(QueueUrl=url)
    received: list[Any] = []
    waiter = emptied.client("sqs")
    thread = threading.Thread(
        target=lambda: received.extend(waiter.receive_message(QueueUrl=url, WaitTimeSeconds=20).get("Messages", ()))
    )
    thread.start()
    run(emptied, "load", "full")
    thread.join(15)  # it would wait for longer than the rest of this takes
    assert [message["Body"] for message in received] == ["saved"]


def test_deliveries_that_wait_are_made_by_whoever_loads_them(emptied: Running) -> None:
    sns = emptied.client("sns")
    topic = sns.create_topic(Name="topic")["TopicArn"]
    with running_receiver() as receiver:
        receiver.status = 500
        given = {"TopicArn": topic, "Protocol": "http", "Endpoint": receiver.url, "ReturnSubscriptionArn": True}
        arn = sns.subscribe(**given)["SubscriptionArn"]
        token = emptied.get(f"/_aws/sns/subscription-tokens/{arn}")["subscription_token"]
        sns.confirm_subscription(TopicArn=topic, Token=token)
        sns.publish(TopicArn=topic, Message="waits")
        receiver.wait_for(2, 60)  # the confirmation, and the first try
        run(emptied, "save", "pending")
        emptied.post("/_ruststack/reset")
        receiver.posts.clear()
        receiver.status = 200
        run(emptied, "load", "pending")
        emptied.advance_clock(3600)
        wait_until(lambda: any(post.document.get("Message") == "waits" for post in receiver.posts))
        emptied.post("/_ruststack/clock?offset=0")


def test_what_is_saved_while_others_write_is_whole(emptied: Running) -> None:
    s3 = emptied.client("s3")
    s3.create_bucket(Bucket="busy")
    done = threading.Event()
    failures: list[Exception] = []

    def write(number: int) -> None:
        own = emptied.client("s3")
        turn = 0
        try:
            while not done.is_set():
                turn += 1
                own.put_object(Bucket="busy", Key=f"{number}-{turn % 5}", Body=bytes([turn % 256]) * 100_000)
                own.delete_object(Bucket="busy", Key=f"{number}-{(turn + 2) % 5}")
        except Exception as error:
            failures.append(error)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for writer in writers:
        writer.start()
    try:
        for number in range(3):
            ask(emptied, "POST", f"?name=busy-{number}")
        ask(emptied, "POST", "/busy-1/load")
    finally:
        done.set()
        for writer in writers:
            writer.join()
    assert not failures
    for number in range(3):
        ask(emptied, "POST", f"/busy-{number}/load")
        for one in s3.list_objects_v2(Bucket="busy").get("Contents", ()):
            body = s3.get_object(Bucket="busy", Key=one["Key"])["Body"].read()
            assert body == body[:1] * 100_000


def test_a_file_is_taken_to_a_fleet_that_keeps_nothing(emptied: Running, tmp_path: Path) -> None:
    fill(emptied)
    before = content(emptied)
    run(emptied, "save", "shared")
    plain, compressed = tmp_path / "shared.tar", tmp_path / "shared.tar.gz"
    run(emptied, "export", "shared", str(plain))
    run(emptied, "export", "shared", str(compressed))
    assert gzip.decompress(compressed.read_bytes()) == plain.read_bytes()
    with urlopen(f"{emptied.url}/_ruststack/snapshots/shared/file") as answer:
        assert answer.read() == plain.read_bytes()
    with tarfile.open(plain) as file:
        assert all(member.isfile() for member in file)
    with running_fleet(tmp_path / "other", environment={"RUSTSTACK_PERSISTENCE": "0"}) as other:
        assert run(other, "import", str(compressed)).startswith("imported: shared  ")
        run(other, "load", "shared")
        assert content(other) == before
        run(other, "import", str(plain), "--name", "again")
        run(other, "save", "own")
        other.post("/_ruststack/reset")
        run(other, "load", "own")
        assert content(other) == before
        other.post("/_ruststack/reset")
        run(other, "load", "again")
        assert content(other) == before
    with running_fleet(tmp_path / "less", "--services", "sqs,s3") as less:
        assert "left out, since they are not enabled here: dynamodb, sns" in run(less, "import", str(compressed))
        run(less, "load", "shared")
        assert less.client("s3").get_object(Bucket="a-bucket", Key="small")["Body"].read() == b"one"


def test_every_replica_follows(tmp_path: Path) -> None:
    with running_fleet(tmp_path, "--replicas", "sqs=2,s3=2,sns=2,dynamodb=2") as fleet:
        fill(fleet)
        before = content(fleet)
        run(fleet, "save", "shared")
        fleet.post("/_ruststack/reset")
        fill(fleet, mark="two")
        run(fleet, "load", "shared")
        for _ in range(4):  # whoever is asked
            assert content(fleet) == before
        run(fleet, "delete", "shared")
        assert run(fleet, "list") == ""


def test_databases_of_both_kinds_read_each_others(
    emptied: Running, tmp_path: Path, postgresql_server: PostgresqlServer
) -> None:
    fill(emptied)
    fill(emptied, OTHER, mark="other", bucket="other-bucket")
    own, other = content(emptied), content(emptied, OTHER, "other-bucket")
    run(emptied, "save", "of-sqlite")
    run(emptied, "export", "of-sqlite", str(tmp_path / "sqlite.tar"))
    emptied.post("/_ruststack/reset")
    with ExitStack() as stack:
        urls = {
            f"RUSTSTACK_{name}_DATABASE_URL": postgresql_server.url(stack.enter_context(postgresql_server.database()))
            for name in ("S3", "DYNAMODB", "SQS", "SNS")
        }
        fleet = stack.enter_context(running_fleet(tmp_path / "fleet", environment=urls))
        fill(fleet, mark="gone")
        run(fleet, "import", str(tmp_path / "sqlite.tar"))
        run(fleet, "load", "of-sqlite")
        assert content(fleet) == own
        fleet.client("sqs").create_queue(QueueName="numbered-on")
        run(fleet, "load", "of-sqlite", "--account", OTHER)
        assert content(fleet, OTHER, "other-bucket") == other
        run(fleet, "save", "of-postgresql")
        run(fleet, "export", "of-postgresql", str(tmp_path / "postgresql.tar"))
    run(emptied, "import", str(tmp_path / "postgresql.tar"))
    run(emptied, "load", "of-postgresql")
    assert content(emptied) == own
    assert content(emptied, OTHER, "other-bucket") == other


def test_where_who_asks_is_asked_snapshots_are_signed_for(tmp_path: Path) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "AKIAADMIN", "AWS_SECRET_ACCESS_KEY": "admin"}
    with running_fleet(tmp_path / "fleet", environment=access_environment(tmp_path)) as fleet:
        endpoint = ("--endpoint-url", fleet.url)
        assert "403" in refusal("snapshot", "save", "x", *endpoint)
        for arguments in (
            ("save", "x"),
            ("export", "x", str(tmp_path / "x.tar")),
            ("import", str(tmp_path / "x.tar"), "--name", "y"),
            ("load", "y"),
        ):
            done = ruststack("snapshot", *arguments, *endpoint, **keys)
            assert done.returncode == 0, done


def test_a_loaded_name_is_free_for_all_that_a_service_does(emptied: Running) -> None:
    run(emptied, "save", "empty")
    fill(emptied)
    run(emptied, "load", "empty")
    with pytest.raises(ClientError, match="NoSuchBucket"):
        emptied.client("s3").list_objects_v2(Bucket="a-bucket")
    fill(emptied)
    assert len(content(emptied)["messages"]) == 3
