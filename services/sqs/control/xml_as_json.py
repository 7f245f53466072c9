"""An XML answer's elements as JSON: what LocalStack gives for `/_aws/sqs/messages`.

In: an answer in XML. Out: the same with a JSON body, an object for each element; what may be repeated is a
list.
"""

from __future__ import annotations

from typing import Any

import orjson

from awskit.wire.http import HttpResponse


def xml_as_json(response: HttpResponse) -> HttpResponse:
    """The answer, its body in JSON: `{"ReceiveMessageResponse": {...}}`, or `{"Error": {...}}`."""
    from xml.etree import ElementTree

    assert isinstance(response.body, bytes)
    root = ElementTree.fromstring(response.body)
    content = _element_as_json(root)
    # An error has no name of its own around it: {"Error": {...}, "RequestId": "..."}.
    response.body = orjson.dumps(content if "Error" in content else {_local_name(root.tag): content})
    response.headers = [pair for pair in response.headers if pair[0] not in ("Content-Type", "Content-Length")]
    response.headers.append(("Content-Type", "application/json"))
    return response


def _element_as_json(element: Any) -> Any:
    """Text, or an object of the elements within; those that are repeated, and those that may be, are lists."""
    if not len(element):
        return element.text
    members: dict[str, Any] = {}
    for child in element:
        name = _local_name(child.tag)
        value = _element_as_json(child)
        # The text of an error is a `Message` too.
        is_text = name == "Message" and not len(child)
        if name in _LISTS and not is_text:
            members.setdefault(name, []).append(value)
        else:
            members[name] = value
    return members


def _local_name(tag: str) -> str:
    return tag.rpartition("}")[2]


_LISTS = frozenset({"Message", "Attribute", "MessageAttribute"})
