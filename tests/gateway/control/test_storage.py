"""Where each service keeps its data, and how much that is."""

from __future__ import annotations

from pathlib import Path

from tests.processes import Running, running_fleet


def test_each_service_says_where_its_data_is_and_how_much(own_fleet: Running) -> None:
    s3 = own_fleet.client("s3")
    s3.create_bucket(Bucket="storage-test")
    before = own_fleet.get("/_ruststack/storage")["s3"]
    s3.put_object(Bucket="storage-test", Key="large", Body=b"x" * (1 << 20))
    found = own_fleet.get("/_ruststack/storage")
    assert set(found) == {"s3", "dynamodb", "sqs", "sns"}
    assert found["sqs"]["database"] == f"sqlite:///{own_fleet.data_dir / 'sqs.db'}"
    assert found["s3"]["folder"] == str(own_fleet.data_dir)
    assert found["s3"]["bytes"] - before["bytes"] >= 1 << 20
    assert found["s3"]["whole"]


def test_where_nothing_is_kept_it_says_so(tmp_path: Path) -> None:
    with running_fleet(tmp_path, environment={"PERSISTENCE": "0"}) as fleet:
        nothing = {"database": None, "folder": None, "bytes": 0, "whole": True}
        assert fleet.get("/_ruststack/storage") == dict.fromkeys(("s3", "dynamodb", "sqs", "sns"), nothing)
