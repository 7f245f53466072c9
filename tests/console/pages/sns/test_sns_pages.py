"""The pages of SNS, as a visitor sees and uses them."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.console.conftest import Visitor

HOSTILE = "<script>alert(1)</script>\u202e"


@pytest.fixture
def sns(visitor: Visitor) -> Any:
    return visitor.client("sns")


def test_a_topic_is_created_subscribed_and_published_to(visitor: Visitor, sns: Any) -> None:
    visitor.client("sqs").create_queue(QueueName="inbox")
    page = visitor.go("sns/topics")
    expect(page.get_by_text("aws sns create-topic")).to_be_visible()
    visitor.check("no topics")
    page.get_by_role("link", name="Create topic").click()
    page.get_by_label("Name").fill("news")
    visitor.check("create")
    page.get_by_role("button", name="Create topic").click()
    expect(page.get_by_text("Nobody gets what is published here yet.")).to_be_visible()
    page.get_by_role("link", name="Subscribe", exact=True).click()
    page.get_by_label("Endpoint").fill(f"arn:aws:sqs:us-east-1:{visitor.account}:inbox")
    page.get_by_label("Filter policy").fill('{"colour": ["red"]}')
    visitor.check("subscribe")
    page.get_by_role("button", name="Subscribe").click()
    expect(page.get_by_label("FilterPolicy")).to_contain_text('"red"')
    visitor.check("subscription")
    page.get_by_role("link", name="news").click()
    expect(page.locator("main tbody tr")).to_contain_text('{"colour": ["red"]}')
    visitor.check("topic")
    page.get_by_role("link", name="Publish", exact=True).click()
    page.get_by_label("Message", exact=True).fill("hello")
    page.get_by_label("Name").first.fill("colour")
    page.get_by_label("Value").first.fill("red")
    visitor.check("publish")
    page.get_by_role("button", name="Publish").click()
    page.get_by_role("link", name="Show it").click()
    expect(page.locator(".graph .node").filter(has_text="Arrival")).to_be_visible()


def test_would_it_pass(visitor: Visitor, sns: Any) -> None:
    topic = sns.create_topic(Name="news")["TopicArn"]
    for number, policy in enumerate(('{"colour":["red"]}', '{"colour":["green"]}')):
        sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint=f"+1555010{number}", Attributes={"FilterPolicy": policy})
    body = {"FilterPolicy": '{"price":[{"numeric":[">",5]}]}', "FilterPolicyScope": "MessageBody"}
    sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint="+15550102", Attributes=body)
    page = visitor.go("sns/topics/news/filters")
    visitor.check("form")
    page.get_by_label("Message", exact=True).fill('{"price": 3}')
    page.get_by_label("Name").first.fill("colour")
    page.get_by_label("Value").first.fill("green")
    page.get_by_role("button", name="Check").click()
    row = page.locator("#judged tbody tr")
    expect(row.filter(has_text="+15550100")).to_contain_text('"colour":["red"] does not hold: the message has "green"')
    expect(row.filter(has_text="+15550101")).to_contain_text("passes")
    expect(row.filter(has_text="+15550102")).to_contain_text("does not hold: the message has 3")
    visitor.check("judged")
    page.get_by_label("Message", exact=True).fill('{"price": 9, "more": "' + "x" * 5000 + '"}')
    page.get_by_role("button", name="Check").click()
    expect(row.filter(has_text="+15550102")).to_contain_text("every clause holds")
    sent = visitor.fleet.client("sns", account_id=visitor.account).list_topics()["Topics"]
    assert sent == [{"TopicArn": topic}]


def test_email_is_confirmed_by_its_link_and_read(visitor: Visitor, sns: Any) -> None:
    topic = sns.create_topic(Name="news")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="me@example.com")
    page = visitor.go("sns/topics")
    page.get_by_role("link", name="E-mail, SMS, push").click()
    expect(page.get_by_text("me@example.com")).to_be_visible()
    visitor.check("confirmation")
    page.get_by_role("button", name="Confirm the subscription").click()
    expect(page.get_by_text("The subscription is confirmed.")).to_be_visible()
    sns.publish(TopicArn=topic, Message=HOSTILE, Subject="a subject")
    page.goto(visitor.url("sns/sinks?kind=email-messages&q=a+subject"))
    expect(page.get_by_label("Message to me@example.com")).to_contain_text("<script>alert(1)</script>⟨U+202E⟩")
    visitor.check("mail")
    page.get_by_role("button", name="Forget all E-mail").click()
    expect(page.get_by_text("Nothing has been sent yet.")).to_be_visible()


def test_deliveries_show_each_try(visitor: Visitor, sns: Any) -> None:
    topic = sns.create_topic(Name="news")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint="http://127.0.0.1:9/nobody")
    page = visitor.go("sns/topics/news/deliveries")
    row = page.locator("#deliveries tbody tr")
    expect(row).to_contain_text("http://127.0.0.1:9/nobody")
    expect(row).to_contain_text("ConnectError")
    visitor.check()
    row.get_by_role("link", name="http://127.0.0.1:9/nobody").click()
    page.get_by_role("button", name="Confirm the subscription").click()
    expect(page.get_by_text("The subscription is confirmed.")).to_be_visible()


def test_settings_and_the_end(visitor: Visitor, sns: Any) -> None:
    topic = sns.create_topic(Name="news", Tags=[{"Key": "team", "Value": "blue"}])["TopicArn"]
    arn = sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint="+15550100", ReturnSubscriptionArn=True)
    page = visitor.go("sns/topics/news/settings")
    expect(page.get_by_role("cell", name="blue")).to_be_visible()
    visitor.check("settings")
    page.get_by_label("Value").fill("The News")
    page.get_by_role("button", name="Change").click()
    expect(page.get_by_text("DisplayName is changed.")).to_be_visible()
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["DisplayName"] == "The News"
    page.get_by_label("Setting").select_option("Policy")
    page.get_by_label("Value").fill("no policy")
    page.get_by_role("button", name="Change").click()
    expect(page.get_by_role("alert")).to_contain_text("InvalidParameter")
    page.goto(visitor.url(f"sns/topics/news/subscriptions/{arn['SubscriptionArn'].rpartition(':')[2]}"))
    page.get_by_role("link", name="Unsubscribe").click()
    expect(page.get_by_text("+15550100")).to_be_visible()
    page.get_by_role("button", name="Unsubscribe").click()
    expect(page.get_by_text("Nobody gets what is published here yet.")).to_be_visible()
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete topic").click()
    expect(page.get_by_text("The topic news is deleted.")).to_be_visible()
    assert sns.list_topics()["Topics"] == []
