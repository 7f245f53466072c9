"""Each test has an account of its own: the application's names are free in all of them, and tests run side by side."""

import pytest

import orders


@pytest.fixture(autouse=True)
def application(aws_environment):
    orders.set_up()


def test_an_order_is_kept_and_told(aws_resource, aws_requests):
    orders.take("1", "tea")

    item = aws_resource("dynamodb").Table("orders").get_item(Key={"number": "1"})["Item"]
    assert (item["text"], item["shipped"]) == ("tea", False)
    assert "sqs.SendMessage" in aws_requests.names()


def test_a_number_is_taken_once(aws_requests):
    orders.take("1", "tea")
    with pytest.raises(orders.AlreadyTaken):
        orders.take("1", "coffee")

    assert len(aws_requests(operation="SendMessage")) == 1


def test_what_is_shipped_leaves_the_queue():
    orders.take("1", "tea")
    orders.take("2", "coffee")
    carried = []

    while orders.ship(carried.append):
        pass

    assert sorted(carried) == ["1", "2"]


def test_what_a_carrier_drops_is_tried_again_ten_minutes_later(aws_clock):
    orders.take("1", "tea")

    def drop(number):
        raise OSError("dropped")

    with pytest.raises(OSError, match="dropped"):
        orders.ship(drop)
    assert orders.ship(print) == []

    aws_clock.advance(600)
    assert orders.ship(print) == ["1"]


@pytest.mark.parametrize("times", [1, 2])
def test_a_throttled_table_is_asked_again(times, aws_faults, aws_requests):
    aws_faults.add("dynamodb", "PutItem", throttle=True, times=times)

    orders.take("1", "tea")

    assert [put.status for put in aws_requests(operation="PutItem")] == [400] * times + [200]


def test_an_order_is_not_told_where_the_table_fails(aws_faults, aws_requests):
    aws_faults.add("dynamodb", "PutItem", error="AccessDeniedException")

    with pytest.raises(orders.ClientError, match="AccessDenied"):
        orders.take("1", "tea")

    assert aws_requests(service="sqs", operation="SendMessage") == []
