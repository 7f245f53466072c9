"""XML with an element to a line: what is in it is what is in the other, on lines of its own."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from awskit.wire.indented_xml import IndentedXmlWriters
from awskit.wire.model import Shape, load_model
from awskit.wire.xml_writer import XmlWriters

MODEL = load_model("sns")


def written(shape: Shape, value: dict[str, Any], **orders: tuple[str, ...]) -> str:
    parts: list[str] = []
    IndentedXmlWriters(lambda reference: reference.query_name, orders).content(shape, 1)(value, parts.append)
    return "".join(parts)


def output_of(operation: str) -> Shape:
    shape = MODEL.operations[operation].output
    assert shape is not None
    return shape


def test_structures_lists_and_maps() -> None:
    listed = {"PlatformApplications": [{"PlatformApplicationArn": "a<b", "Attributes": {"Enabled": "true"}}]}
    assert written(output_of("ListPlatformApplications"), listed) == (
        "  <PlatformApplications>\n"
        "    <member>\n"
        "      <PlatformApplicationArn>a&lt;b</PlatformApplicationArn>\n"
        "      <Attributes>\n"
        "        <entry>\n"
        "          <key>Enabled</key>\n"
        "          <value>true</value>\n"
        "        </entry>\n"
        "      </Attributes>\n"
        "    </member>\n"
        "  </PlatformApplications>\n"
    )


def test_what_is_empty_is_one_element_and_what_is_absent_is_none() -> None:
    value = {"Topics": [], "NextToken": None}
    assert written(output_of("ListTopics"), value) == "  <Topics/>\n"


def test_members_in_an_order_of_their_own() -> None:
    value = {"Successful": [], "Failed": []}
    order = ("Failed", "Successful")
    assert written(output_of("PublishBatch"), value, PublishBatchResponse=order) == "  <Failed/>\n  <Successful/>\n"


@pytest.mark.parametrize(
    ("operation", "value"),
    [
        ("ListTopics", {"Topics": [{"TopicArn": "a"}, {"TopicArn": "b"}], "NextToken": "x\ny"}),
        ("GetTopicAttributes", {"Attributes": {"Policy": '{"a": [1]}', "DisplayName": ""}}),
        ("CheckIfPhoneNumberIsOptedOut", {"isOptedOut": False}),
        ("ListTagsForResource", {"Tags": [{"Key": "k", "Value": ""}]}),
    ],
)
def test_the_same_is_in_it_as_in_xml_on_one_line(operation: str, value: dict[str, Any]) -> None:
    plain: list[str] = []
    XmlWriters(lambda reference: reference.query_name).content(output_of(operation))(value, plain.append)
    indented = ElementTree.fromstring(f"<r>\n{written(output_of(operation), value)}</r>")
    for parsed in indented.iter():
        parsed.tail = None
        if len(parsed):
            parsed.text = None
    assert ElementTree.tostring(indented) == ElementTree.tostring(ElementTree.fromstring(f"<r>{''.join(plain)}</r>"))
