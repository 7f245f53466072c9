"""What a message may be: its text, subject, size, structure and identifiers.

In: parts of a publish. Raised: InvalidParameter with AWS's texts.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import orjson

from services.sns.errors import invalid_parameter
from services.sns.messages.message import Attributes

MAX_MESSAGE_BYTES = 262_144

_SUBJECT = re.compile(r"[^\x00-\x1f\x7f]{1,100}")
_GROUP_OR_DEDUPLICATION_ID = re.compile(r"""[a-zA-Z0-9!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]{1,128}""")


def check_text(text: str) -> None:
    """Raises InvalidParameter for an empty message. Its size is checked with the attributes."""
    if not text:
        raise invalid_parameter("Empty message")


def check_subject(subject: str | None) -> None:
    """At most 100 characters, none of them a line break or control character."""
    if subject is not None and not _SUBJECT.fullmatch(subject):
        raise invalid_parameter("Subject")


def size_of(text: str, attributes: Attributes) -> int:
    """Bytes that count toward the limit: the message and each attribute's name, type and value."""
    size = len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
    for name, attribute in attributes.items():
        size += len(name) + len(attribute["DataType"])
        binary = attribute.get("BinaryValue")
        size += len(binary if binary is not None else attribute["StringValue"].encode("utf-8", "surrogatepass"))
    return size


def check_size(size: int, limit: int = MAX_MESSAGE_BYTES) -> None:
    """Raises InvalidParameter where `size` bytes are more than `limit`."""
    if size > limit:
        raise invalid_parameter("Message too long")


def bodies_of(structure: str | None, text: str, *, needs_default: bool = True) -> Mapping[str, str] | None:
    """The texts by protocol of a message of structure json; None for a plain one.

    What goes to one device may be for its platform alone.
    """
    if structure is None:
        return None
    if structure != "json":
        raise invalid_parameter("Invalid value for MessageStructure")
    try:
        document = orjson.loads(text)
    except ValueError as error:
        raise invalid_parameter("Message Structure - JSON message body failed to parse") from error
    if not isinstance(document, dict):
        raise invalid_parameter("Message Structure - JSON message body failed to parse")
    bodies = {name: value for name, value in document.items() if isinstance(value, str)}
    if needs_default and "default" not in bodies:
        raise invalid_parameter("Message Structure - No default entry in JSON message body")
    return bodies


def check_platform_bodies(bodies: Mapping[str, str], platform: str) -> None:
    """A push notification's own text has to be a JSON object."""
    text = bodies.get(platform)
    if text is None or platform not in ("APNS", "APNS_SANDBOX", "GCM", "ADM"):
        return
    try:
        valid = isinstance(orjson.loads(text), dict)
    except ValueError:
        valid = False
    if not valid:
        raise invalid_parameter(
            f"Message Reason: Invalid notification for protocol {platform}: Notification is malformed"
        )


def check_identifier(value: str, member: str) -> None:
    """MessageGroupId and MessageDeduplicationId: 1 to 128 letters, digits and punctuation marks."""
    if not _GROUP_OR_DEDUPLICATION_ID.fullmatch(value):
        raise invalid_parameter(
            f"{member} Reason: {member} can only include alphanumeric and punctuation characters. 1 to 128 in length"
        )
