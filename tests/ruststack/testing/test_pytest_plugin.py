"""The fixtures that the package brings for pytest, in a project that uses them, alone and by four workers."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.processes import Running, clean_environment
from tests.ruststack.testing.project import ROOT, Project
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(600)
_WORKERS = ("-n", "4")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return Project(tmp_path)


def answers(endpoint: str) -> bool:
    """Whether something listens there."""
    parts = urlsplit(endpoint)
    try:
        socket.create_connection((str(parts.hostname), parts.port or 0), timeout=5).close()
    except OSError:
        return False
    return True


def test_workers_share_a_fleet_and_each_test_has_an_account_of_its_own(project: Project) -> None:
    for number in range(4):
        project.add(
            f"test_{number}.py",
            """
            import pathlib, pytest

            @pytest.mark.parametrize("number", range(3))
            def test_orders(number, aws_client, aws_account, aws_endpoint_url):
                sqs = aws_client("sqs")
                assert "QueueUrls" not in sqs.list_queues()
                url = sqs.create_queue(QueueName="orders")["QueueUrl"]
                assert url == f"{aws_endpoint_url}/{aws_account.id}/orders"
                sqs.send_message(QueueUrl=url, MessageBody="one")
                assert len(sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]) == 1
                bucket = aws_account.unique_name("files")
                aws_client("s3").create_bucket(Bucket=bucket)
                assert [one["Name"] for one in aws_client("s3").list_buckets()["Buckets"]] == [bucket]
                with pathlib.Path("endpoints").open("a") as file:
                    file.write(aws_endpoint_url + chr(10))
            """,
        )
    outcome = project.run(*_WORKERS)
    assert outcome.counts == {"passed": 12}, outcome.output
    endpoints = (project.folder / "endpoints").read_text().split()
    assert (len(endpoints), len(set(endpoints))) == (12, 1)
    assert not answers(endpoints[0])


def test_who_moves_the_clock_is_alone(project: Project) -> None:
    project.add(
        "test_clock.py",
        """
        import datetime, time
        import pytest
        from ruststack.testing.clock import FleetClock

        def is_the_machines(moment):
            return abs(moment.timestamp() - time.time()) < 60

        @pytest.mark.parametrize("number", range(8))
        def test_it_stands(number, aws_account):
            clock = FleetClock(aws_account.endpoint_url)
            for _ in range(10):
                assert is_the_machines(clock.now())

        @pytest.mark.parametrize("number", range(4))
        def test_messages_come_back(number, aws_clock, aws_client):
            assert is_the_machines(aws_clock.now())
            sqs = aws_client("sqs")
            url = sqs.create_queue(QueueName="q", Attributes={"VisibilityTimeout": "3600"})["QueueUrl"]
            sqs.send_message(QueueUrl=url, MessageBody="one")
            assert sqs.receive_message(QueueUrl=url)["Messages"]
            assert "Messages" not in sqs.receive_message(QueueUrl=url)
            aws_clock.advance(datetime.timedelta(hours=1, seconds=1))
            assert sqs.receive_message(QueueUrl=url)["Messages"]
            noon = datetime.datetime(2030, 1, 1, 12, tzinfo=datetime.UTC)
            assert 0 <= (aws_clock.set(noon) - noon).total_seconds() < 60
            assert aws_clock.now().year == 2030
        """,
    )
    outcome = project.run(*_WORKERS)
    assert outcome.counts == {"passed": 12}, outcome.output


def test_the_application_finds_the_account_and_is_looked_at(project: Project) -> None:
    project.add(
        "application.py",
        """
        import boto3

        def order(text):
            boto3.resource("dynamodb").Table("orders").put_item(Item={"id": text})
        """,
    )
    project.add(
        "test_application.py",
        """
        import os, subprocess, sys, threading
        import boto3, botocore.exceptions, pytest
        from application import order

        KEY = {"AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
               "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST"}

        @pytest.fixture
        def orders(aws_environment, aws_resource):
            return aws_resource("dynamodb").create_table(TableName="orders", **KEY)

        @pytest.mark.parametrize("text", ["one", "two"])
        def test_it_is_put(text, orders, aws_requests):
            order(text)
            assert [item["id"] for item in orders.scan()["Items"]] == [text]
            put, = aws_requests(operation="PutItem")
            assert (put.name, put.resource, put.status, put.error) == ("dynamodb.PutItem", "orders", 200, None)
            assert aws_requests.names() == ["dynamodb.CreateTable", "dynamodb.PutItem", "dynamodb.Scan"]

        def test_its_retries_are_seen(orders, aws_requests, aws_faults):
            rule = aws_faults.add("dynamodb", "Put*", throttle=True, times=2)
            order("one")
            assert [one.error for one in aws_requests(operation="PutItem")] == ["ThrottlingException"] * 2 + [None]
            assert aws_requests(operation="PutItem", status="error")[0].fault == rule
            assert aws_faults.hits(rule) == 2

        def test_a_fault_is_the_accounts_alone(orders, aws_faults, aws_account):
            aws_faults.add("dynamodb", error="InternalServerError")
            other = type(aws_account)(aws_account.endpoint_url)
            assert other.client("dynamodb").list_tables()["TableNames"] == []
            other.close()
            with pytest.raises(botocore.exceptions.ClientError, match="InternalServerError"):
                order("one")

        def test_faults_have_ended(orders):
            order("one")

        def test_what_is_no_fault_or_filter_is_refused(aws_faults, aws_requests):
            with pytest.raises(ValueError, match="no such service: ec2"):
                aws_faults.add("ec2", throttle=True)
            with pytest.raises(ValueError, match="there is no parameter 'size'"):
                aws_requests(size=3)

        def test_a_process_of_its_own_finds_it_too(orders, aws_account, aws_requests):
            code = "import application; application.order('one')"
            environ = {**os.environ, **aws_account.environment}
            process = subprocess.Popen([sys.executable, "-c", code], env=environ)
            put, = aws_requests.wait_for(1, operation="PutItem", timeout=60)
            assert put.user_agent.startswith("Boto3/")
            assert process.wait(60) == 0

        def test_what_is_not_asked_is_waited_for_in_vain(aws_requests, aws_client):
            aws_client("sns").list_topics()
            with pytest.raises(AssertionError, match=r"0 of 1 with service='sqs' .* asked were \\['sns.ListTopics'\\]"):
                aws_requests.wait_for(service="sqs", timeout=0.1)

        def test_what_the_user_has_set_does_not_lead_elsewhere(aws_environment, aws_account):
            assert "AWS_PROFILE" not in os.environ
            boto3.client("sqs").create_queue(QueueName="mine")
            assert aws_account.client("sqs").get_queue_url(QueueName="mine")
        """,
    )
    outcome = project.run(*_WORKERS, AWS_PROFILE="real", AWS_ENDPOINT_URL_SQS="http://127.0.0.1:1")
    assert outcome.counts == {"passed": 9}, outcome.output


def test_settings_go_to_the_fleet_and_the_users_own_do_not(project: Project) -> None:
    (project.folder / "pytest.ini").write_text("[pytest]\nruststack_settings =\n  SERVICES=sqs\n")
    project.add(
        "test_services.py",
        """
        import json, urllib.request

        def test_it(aws_endpoint_url):
            with urllib.request.urlopen(aws_endpoint_url + "/_ruststack/health") as answer:
                assert set(json.load(answer)["services"]) == {"sqs"}
        """,
    )
    outcome = project.run(RUSTSTACK_PORT="1", SERVICES="s3", GATEWAY_LISTEN="nowhere:1")
    assert outcome.counts == {"passed": 1}, outcome.output


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("RUSTSTACK_JORNAL=10", "there is no RUSTSTACK_JORNAL; did you mean RUSTSTACK_JOURNAL?"),
        ("SERVICE=sqs", "there is no SERVICE; did you mean SERVICES?"),
        ("RUSTSTACK_COLOUR=red", "there is no RUSTSTACK_COLOUR; `ruststack config` lists what there is"),
        ("sqs", "'sqs' is not NAME=VALUE"),
    ],
)
def test_a_setting_that_there_is_not_is_refused_before_any_test(project: Project, line: str, text: str) -> None:
    (project.folder / "pytest.ini").write_text(f"[pytest]\nruststack_settings = {line}\n")
    project.add("test_it.py", "def test_it(): pass")
    outcome = project.run()
    assert outcome.status == 4, outcome.output
    assert f"ruststack_settings: {text}" in outcome.output
    assert "Traceback" not in outcome.output


def test_a_fleet_that_does_not_start_says_why(project: Project) -> None:
    (project.folder / "pytest.ini").write_text("[pytest]\nruststack_settings = RUSTSTACK_SERVICES=ec2\n")
    project.add("test_it.py", "def test_it(aws_account): pass")
    outcome = project.run()
    assert outcome.counts == {"error": 1}
    assert "RustStack does not start: " in outcome.output
    assert "ec2" in outcome.output
    assert "Traceback" not in outcome.output


def test_a_fleet_that_runs_already_can_be_used(project: Project, fleet: Running) -> None:
    project.add(
        "test_it.py",
        "def test_it(aws_client, aws_endpoint_url):\n"
        f"    assert aws_endpoint_url == {fleet.url!r}\n    aws_client('sns').list_topics()\n",
    )
    outcome = project.run("--ruststack-endpoint", f"{fleet.url}/")
    assert outcome.counts == {"passed": 1}, outcome.output
    assert answers(fleet.url)


def test_a_fleet_ends_with_a_run_that_is_killed(project: Project) -> None:
    project.add(
        "test_it.py",
        """
        import pathlib, time

        def test_it(aws_endpoint_url):
            pathlib.Path("endpoint.new").write_text(aws_endpoint_url)
            pathlib.Path("endpoint.new").rename("endpoint")
            time.sleep(600)  # it is killed
        """,
    )
    endpoint = project.folder / "endpoint"
    process = subprocess.Popen(
        project.command(), cwd=project.folder, env=project.environment(), stdout=subprocess.DEVNULL
    )
    try:
        wait_until(endpoint.exists)
        assert answers(endpoint.read_text())
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    wait_until(lambda: not answers(endpoint.read_text()))


def test_who_does_not_use_it_does_not_pay_for_it(project: Project) -> None:
    code = (
        "import sys, typing, pytest\nbefore = set(sys.modules)\nimport ruststack.pytest_plugin\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    environment = clean_environment(PYTHONPATH=str(ROOT))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.split() == ["ruststack", "ruststack.pytest_plugin"]
    project.add("test_it.py", "def test_it(tmp_path): assert not (tmp_path.parent / 'ruststack').exists()")
    outcome = project.run(*_WORKERS)
    assert outcome.counts == {"passed": 1}, outcome.output
