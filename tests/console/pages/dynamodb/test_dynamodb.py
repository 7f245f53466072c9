"""DynamoDB's pages: items found, edited and deleted, tables made, streams watched, by what is seen."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.console.conftest import Visitor

HOSTILE = "<script>alert(1)</script>\u202egnp"


@pytest.fixture
def table(visitor: Visitor, unique_name: str) -> str:
    visitor.client("dynamodb").create_table(
        TableName=unique_name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": kind} for name, kind in (("id", "S"), ("at", "N"), ("kind", "S"))
        ],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-kind",
                "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    return unique_name


def put(visitor: Visitor, table: str, **item: Any) -> None:
    visitor.client("dynamodb").put_item(TableName=table, Item=item)


def put_many(visitor: Visitor, table: str, items: list[Any]) -> None:
    client = visitor.client("dynamodb")
    for start in range(0, len(items), 25):
        requests = [{"PutRequest": {"Item": item}} for item in items[start : start + 25]]
        client.batch_write_item(RequestItems={table: requests})


def items_of(visitor: Visitor, table: str) -> list[Any]:
    items: list[Any] = visitor.client("dynamodb").scan(TableName=table)["Items"]
    return items


def test_an_account_without_tables_says_what_to_run(visitor: Visitor) -> None:
    page = visitor.go("dynamodb/tables")
    expect(page.get_by_text("aws dynamodb create-table --table-name Orders")).to_be_visible()
    visitor.check()


def test_a_table_is_made_and_deleted(visitor: Visitor, unique_name: str) -> None:
    page = visitor.go("dynamodb/tables")
    page.get_by_role("link", name="Create table").click()
    page.get_by_label("Name").fill("x")
    page.get_by_role("button", name="Create table").click()
    expect(page.get_by_role("alert")).to_contain_text("ValidationException")
    visitor.check()
    page.get_by_label("Name").fill(unique_name)
    page.get_by_label(re.compile("Sort key")).fill("when")
    page.get_by_text("Indexes, a stream").click()
    page.get_by_label(re.compile("Further members")).fill('{"DeletionProtectionEnabled": true}')
    page.get_by_role("button", name="Create table").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(unique_name)
    page.get_by_role("link", name="Delete table").click()
    page.get_by_label(re.compile("Type .* to confirm")).fill(unique_name)
    visitor.check()
    page.get_by_role("button", name="Delete the table").click()
    expect(page.get_by_role("alert")).to_contain_text("deletion protection")
    page.goto(visitor.url(f"dynamodb/tables/{unique_name}/details"))
    page.get_by_role("button", name="Turn off").click()
    page.get_by_role("link", name="Delete table").click()
    page.get_by_label(re.compile("Type .* to confirm")).fill(unique_name)
    page.get_by_role("button", name="Delete the table").click()
    expect(page.get_by_text(f"The table {unique_name} is deleted.")).to_be_visible()


def test_items_are_scanned_queried_and_filtered(visitor: Visitor, table: str) -> None:
    for number in range(60):
        put(
            visitor,
            table,
            id={"S": f"id-{number % 2}"},
            at={"N": str(number)},
            kind={"S": "even" if number % 2 else "odd"},
        )
    page = visitor.go(f"dynamodb/tables/{table}")
    expect(page.locator("tbody tr")).to_have_count(50)
    page.get_by_role("link", name="Next page").click()
    expect(page.locator("tbody tr")).to_have_count(10)
    visitor.check()
    page.goto(visitor.url(f"dynamodb/tables/{table}"))
    page.get_by_label("Look by").select_option("query")
    page.get_by_label("id =").fill("id-1")
    page.get_by_label("at", exact=True).select_option(">")
    page.get_by_label("Value", exact=True).first.fill("50")
    page.get_by_label("Descending").check()
    page.get_by_role("button", name="Run").click()
    expect(page.locator("tbody tr td:nth-child(3)")).to_have_text(["59", "57", "55", "53", "51"])
    expect(page).to_have_url(re.compile("mode=query.*partition=id-1"))
    visitor.check()
    page.goto(visitor.url(f"dynamodb/tables/{table}?name0=kind&value0=odd&name1=at&is1=%3C&type1=N&value1=6"))
    expect(page.locator("tbody tr")).to_have_count(3)
    expect(page.get_by_text("3 found, 60 looked at")).to_be_visible()
    page.goto(visitor.url(f"dynamodb/tables/{table}?mode=query&index=by-kind&partition=even"))
    expect(page.locator("tbody tr")).to_have_count(30)
    page.goto(visitor.url(f"dynamodb/tables/{table}?mode=query"))
    expect(page.get_by_role("alert")).to_contain_text("needs a value of the partition key")
    visitor.check()


def test_an_item_is_made_edited_and_deleted_as_plain_json(visitor: Visitor, table: str) -> None:
    page = visitor.go(f"dynamodb/tables/{table}")
    page.get_by_role("link", name="Create item").click()
    page.get_by_label("The item").fill('{"id": "a", "at": 1,\n oops')
    page.get_by_role("button", name="Put item").click()
    expect(page.get_by_role("alert")).to_contain_text("line 2, column 2")
    expect(page.get_by_label("The item")).to_have_value('{"id": "a", "at": 1,\n oops')
    visitor.check()
    number = "0.12345678901234567890123456789012345678"
    page.get_by_label("The item").fill(f'{{"id": "a", "at": 1, "n": {number}, "list": [true, null, {{"x": "y"}}]}}')
    page.get_by_role("button", name="Put item").click()
    expect(page.get_by_text("The item is put.")).to_be_visible()
    [item] = items_of(visitor, table)
    assert item["n"] == {"N": number}
    assert item["list"] == {"L": [{"BOOL": True}, {"NULL": True}, {"M": {"x": {"S": "y"}}}]}
    page.get_by_label("The item").fill('{"id": "a", "at": 1, "n": 2}')
    page.get_by_role("button", name="Put item").click()
    expect(page.get_by_text("The item is put.")).to_be_visible()
    assert items_of(visitor, table) == [{"id": {"S": "a"}, "at": {"N": "1"}, "n": {"N": "2"}}]
    page.goto(visitor.url(f"dynamodb/tables/{table}/create-item"))
    page.get_by_label("The item").fill('{"id": "a", "at": 1}')
    page.get_by_role("button", name="Put item").click()
    expect(page.get_by_role("alert")).to_contain_text("ConditionalCheckFailedException")
    page.goto(visitor.url(f"dynamodb/tables/{table}"))
    page.get_by_role("link", name="a", exact=True).click()
    page.get_by_role("link", name="Delete item").click()
    visitor.check()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("The item is deleted.")).to_be_visible()
    assert items_of(visitor, table) == []


def test_sets_and_bytes_outlive_an_edit_in_plain_json(visitor: Visitor, table: str) -> None:
    item = {"id": {"S": "a"}, "at": {"N": "1"}, "s": {"SS": ["x", "y"]}, "n": {"NS": ["1"]}, "b": {"B": b"\0\1"}}
    put(visitor, table, **item)
    page = visitor.go(f"dynamodb/tables/{table}")
    page.get_by_role("link", name="a", exact=True).click()
    expect(page.get_by_label("The item")).to_have_value(re.compile('"s": {"SS": \\["x", "y"\\]}'))
    page.get_by_role("link", name="JSON", exact=True).click()
    text = page.get_by_label("The item").input_value()
    page.get_by_label("The item").fill(text.replace('"x"', '"z"'))
    page.get_by_role("button", name="Put item").click()
    expect(page.get_by_text("The item is put.")).to_be_visible()
    [found] = items_of(visitor, table)
    assert sorted(found.pop("s")["SS"]) == ["y", "z"]
    assert found == {name: value for name, value in item.items() if name != "s"}


def test_what_others_have_changed_meanwhile_is_not_written_over_unsaid(visitor: Visitor, table: str) -> None:
    put(visitor, table, id={"S": "a"}, at={"N": "1"}, n={"N": "1"})
    page = visitor.go(f"dynamodb/tables/{table}")
    page.get_by_role("link", name="a", exact=True).click()
    put(visitor, table, id={"S": "a"}, at={"N": "1"}, n={"N": "2"})
    page.get_by_label("The item").fill('{"id": "a", "at": 1, "n": 3}')
    page.get_by_role("button", name="Put item").click()
    expect(page.get_by_role("alert")).to_contain_text("has been changed since")
    assert items_of(visitor, table)[0]["n"] == {"N": "2"}
    page.get_by_role("button", name="Put item").click()
    expect(page.get_by_text("The item is put.")).to_be_visible()
    assert items_of(visitor, table)[0]["n"] == {"N": "3"}


def test_chosen_items_are_deleted_after_asking(visitor: Visitor, table: str) -> None:
    put_many(visitor, table, [{"id": {"S": "a"}, "at": {"N": str(number)}} for number in range(30)])
    page = visitor.go(f"dynamodb/tables/{table}")
    page.get_by_label("Choose all items").check()
    page.get_by_label("Choose a, row 1", exact=True).uncheck()
    page.get_by_role("button", name="Delete what is chosen").click()
    expect(page.get_by_text("9 more")).to_be_visible()
    visitor.check()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("29 items are deleted.")).to_be_visible()
    assert len(items_of(visitor, table)) == 1


def test_partiql(visitor: Visitor, table: str) -> None:
    put(visitor, table, id={"S": "a"}, at={"N": "1"}, n={"N": "5"})
    page = visitor.go(f"dynamodb/tables/{table}/partiql")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("link", name="a", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile("statement=SELECT"))
    visitor.check()
    page.get_by_label("Statement").fill(f'UPDATE "{table}" SET n = 6 WHERE id = \'a\' AND "at" = 1')
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text("It is done")).to_be_visible()
    assert items_of(visitor, table)[0]["n"] == {"N": "6"}
    page.get_by_label("Statement").fill("SELECT oops")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("alert")).to_contain_text("ValidationException")
    visitor.check()
    page.goto(visitor.url(f"dynamodb/tables/{table}/partiql?statement=DELETE FROM \"{table}\" WHERE id='a'"))
    expect(page.get_by_role("alert")).to_contain_text("Only a SELECT")
    assert len(items_of(visitor, table)) == 1


def test_the_stream_comes_in_by_itself(visitor: Visitor, table: str) -> None:
    put(visitor, table, id={"S": "before"}, at={"N": "1"})
    page = visitor.go(f"dynamodb/tables/{table}/stream")
    expect(page.get_by_role("link", name="before / 1")).to_be_visible()
    page.wait_for_timeout(500)
    numbers = iter(range(1000))

    def put_until_seen() -> None:
        put(visitor, table, id={"S": "live"}, at={"N": str(next(numbers))})

    for _ in range(30):
        put_until_seen()
        if page.get_by_role("link", name=re.compile("live")).count():
            break
        page.wait_for_timeout(1000)
    expect(page.locator("tbody tr").first.get_by_role("link", name=re.compile("live"))).to_be_visible()
    visitor.check()


def test_details_expiry_and_backups(visitor: Visitor, table: str) -> None:
    dynamodb = visitor.client("dynamodb")
    page = visitor.go(f"dynamodb/tables/{table}/details")
    expect(page.get_by_role("link", name="by-kind")).to_be_visible()
    page.get_by_label("Attribute").fill("expires")
    page.get_by_role("button", name="Turn on").first.click()
    expect(page.get_by_text("Items expire by it from now on.")).to_be_visible()
    said = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    assert said["AttributeName"] == "expires"
    visitor.check()
    page.get_by_role("link", name="Backups").click()
    page.get_by_label("Name of a new one").fill("before-it")
    page.get_by_role("button", name="Make a backup").click()
    expect(page.get_by_role("cell", name="before-it")).to_be_visible()
    visitor.check()
    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_text(f"restored as {table}-restored")).to_be_visible()
    page.get_by_role("link", name="Show it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{table}-restored")
    page.goto(visitor.url(f"dynamodb/tables/{table}/backups"))
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete the backup").click()
    expect(page.get_by_text("There is no backup of this table.")).to_be_visible()
    page.get_by_role("button", name="Keep points in time").click()
    expect(page.get_by_text("The table can be restored as it was")).to_be_visible()
    visitor.check()


def test_what_is_hostile_is_shown_and_not_run(visitor: Visitor, table: str) -> None:
    put(
        visitor,
        table,
        id={"S": HOSTILE},
        at={"N": "1"},
        **{HOSTILE: {"S": HOSTILE + "\x00\x1b"}, "big": {"S": "x" * 390_000}},
    )
    seen = "<script>alert(1)</script>⟨U+202E⟩gnp"
    page = visitor.go(f"dynamodb/tables/{table}")
    expect(page.get_by_role("columnheader", name=seen)).to_be_visible()
    visitor.check()
    page.get_by_role("link", name=seen, exact=True).click()
    expect(page.get_by_label("The item")).to_have_value(re.compile(re.escape(HOSTILE)))
    visitor.check()
    page.goto(visitor.url(f"dynamodb/tables/{table}/stream"))
    page.get_by_text("New", exact=True).first.click()
    expect(page.locator("pre").first).to_contain_text(seen)
    visitor.check()


def test_a_table_that_is_not_there_says_so_in_awss_words(visitor: Visitor) -> None:
    page = visitor.go("dynamodb/tables/NotThere")
    expect(page.get_by_role("alert")).to_contain_text("ResourceNotFoundException")
    visitor.check()
