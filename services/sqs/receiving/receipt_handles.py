"""Receipt handles: opaque to clients; inside, which queue, which message, and which of its receives.

A message keeps the receipt of its latest receive only: an older handle fits it where any receive will do.
"""

from __future__ import annotations

import binascii
import secrets
import struct
from base64 import b64decode, b64encode
from typing import NamedTuple

from services.sqs.errors import receipt_handle_is_invalid, receipt_handle_of_another_queue

_FORM = struct.Struct(">BQQQ")
_VERSION = 1


class ReceiptHandle(NamedTuple):
    """`message_key` is the key in the store, `receipt` the number of one receive."""

    queue_id: int
    message_key: int
    receipt: int


def new_receipt() -> int:
    """A number that no other receive has."""
    return secrets.randbits(63)


def write_receipt_handle(queue_id: int, message_key: int, receipt: int) -> str:
    return b64encode(_FORM.pack(_VERSION, queue_id, message_key, receipt)).decode()


def read_receipt_handle(text: str, queue_id: int) -> ReceiptHandle:
    """Raises `ReceiptHandleIsInvalid` where `text` is no handle of that queue's."""
    try:
        version, queue, key, receipt = _FORM.unpack(b64decode(text, validate=True))
    except (binascii.Error, struct.error, ValueError):
        raise receipt_handle_is_invalid(text) from None
    if version != _VERSION or max(key, receipt) >= 1 << 63:
        raise receipt_handle_is_invalid(text)
    if queue != queue_id:
        raise receipt_handle_of_another_queue(text)
    return ReceiptHandle(queue, key, receipt)
