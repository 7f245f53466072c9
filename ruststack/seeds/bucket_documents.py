"""A bucket's configurations as S3 takes and gives them: XML by the model's shapes, or JSON.

In: the name of a PutBucket... operation and what the AWS CLI takes for it. Out: where it goes and the body; and what
GetBucket... answers, to be compared. Raised: ValueError where something said has no place in the model.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from awskit.wire.model import Reference, Shape, load_model
from awskit.wire.xml_reader import XmlReaders, parse_document
from awskit.wire.xml_writer import XmlWriters

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'


class BucketDocuments:
    """Writes and reads them."""

    def __init__(self) -> None:
        self._model = load_model("s3")
        self._writers = XmlWriters(lambda reference: reference.location_name)
        self._readers = XmlReaders()

    def query(self, operation: str) -> dict[str, str]:
        """What the operation's requests have in their query: `{"cors": ""}`."""
        _, _, query = self._model.operations[operation].request_uri.partition("?")
        return {name: value for name, _, value in (part.partition("=") for part in query.split("&") if part)}

    def written(self, operation: str, said: Mapping[str, Any]) -> bytes:
        """The body of a PutBucket... operation."""
        member = self._payload(operation)
        _check(member.shape, said, ())
        parts = [_DECLARATION]
        self._writers.writer(member)(said, parts.append)
        return "".join(parts).encode()

    def read(self, operation: str, body: bytes) -> dict[str, Any]:
        """What a GetBucket... operation has answered."""
        shape = self._model.operations[operation].output
        assert shape is not None
        if shape.payload is not None:
            shape = shape.members[shape.payload].shape
        found: dict[str, Any] = self._readers.reader(shape)(parse_document(body))
        return found

    def _payload(self, operation: str) -> Reference:
        shape = self._model.operations[operation].input
        assert shape is not None and shape.payload is not None
        return shape.members[shape.payload]


def _check(shape: Shape, said: Any, where: tuple[str, ...]) -> None:
    """ValueError where `said` is not of the shape."""
    name = ".".join(where) or "it"
    if shape.type == "structure":
        if not isinstance(said, Mapping):
            raise ValueError(f"{name} is no mapping")
        for key, value in said.items():
            if key not in shape.members:
                raise ValueError(f"{name} has no {key}: there are {', '.join(shape.members)}")
            _check(shape.members[key].shape, value, (*where, key))
    elif shape.type == "list":
        if not isinstance(said, list):
            raise ValueError(f"{name} is no list")
        for one in said:
            _check(shape.member.shape, one, where)
    elif isinstance(said, dict | list) or said is None:
        raise ValueError(f"{name} is no {shape.type}")
