"""Amazon Ion's binary form, read. The document was written by Amazon's own library, amazon.ion 0.13."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dynamodb.transfers import ion
from services.dynamodb.transfers.ion_binary import VERSION_MARKER, is_binary, read_structs

DOCUMENT = base64.b64decode(
    "4AEA6u4Bl4GD3gGSh74BjoRJdGVtgmlkgW6DYmlnhXNtYWxshHplcm+DaW50gWaDeWVzgm5vh25vdGhpbmeFdHlwZWSDYmluhWVt"
    "cHR5hGxpc3SDbWFwg2EgYoRkZWVwgnNzjCRkeW5hbW9kYl9TU4Juc4wkZHluYW1vZGJfTlOCYnOMJGR5bmFtb2RiX0JThGxvbmeI"
    "bmV3IG5hbWXeAZqK3gGWi4FhjFKAZ41ekYCJSbD28AIzE8RJkFDeOPNOjlNA5Q+PUJAxB5FIP/gAAAAAAACSEZMQlA+Vj5ajAAEC"
    "l4CYuCEBg3R3b7ERmdaa1JuCw7yc54GdtIF4gXme6YGftlKAAVLBGaDlgaGyoQCijqh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4"
    "eHh4eHh4eHh4eHh4eHh42IrWi4Fio4F2"
)
TEXT = """
{Item: {id: "a", n: 103., big: -12345678901234567890123456789012345678., small: 1.5d-100, zero: 0., int: -7, f: 1.5e0,
  yes: true, no: false, nothing: null, typed: null.string, bin: {{AAEC}}, empty: "", list: [1, "two", [true]],
  map: {'a b': {deep: "ü"}}, ss: $dynamodb_SS::["x", "y"], ns: $dynamodb_NS::[1., 2.5], bs: $dynamodb_BS::[{{AA==}}],
  long: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}}
{Item: {id: "b", 'new name': "v"}}
"""


def numbers_of(value: object) -> object:
    """The value with its numbers as numbers: there are several ways to write one."""
    if isinstance(value, dict):
        return {
            name: float(member) if name == "N" and isinstance(member, str) else numbers_of(member)
            for name, member in value.items()
        }
    return [numbers_of(element) for element in value] if isinstance(value, list) else value


def test_it_says_what_the_text_says() -> None:
    assert is_binary(DOCUMENT)
    assert not is_binary(TEXT.encode())
    assert numbers_of(list(read_structs(DOCUMENT))) == numbers_of(list(ion.read_structs(TEXT)))


def test_large_numbers_keep_their_digits() -> None:
    item = next(read_structs(DOCUMENT))["Item"]["M"]
    assert item["big"] == {"N": "-12345678901234567890123456789012345678"}
    assert item["int"] == {"N": "-7"}


def document(*parts: bytes) -> bytes:
    return VERSION_MARKER + b"".join(parts)


def table(*names: str, further: bytes = b"") -> bytes:
    """A local symbol table."""
    texts = b"".join(bytes([0x80 | len(name)]) + name.encode() for name in names)
    symbols = b"\x87" + bytes([0xB0 | len(texts)]) + texts
    content = further + symbols
    inner = bytes([0xDE, 0x80 | len(content)]) + content
    return bytes([0xEE, 0x80 | (len(inner) + 2)]) + b"\x81\x83" + inner


def test_symbol_tables_replace_each_other_or_go_on() -> None:
    first, second = b"\xd3\x8a\x21\x01", b"\xd3\x8b\x21\x02"  # {$10: 1}, {$11: 2}
    keep = b"\x86\x71\x03"  # imports: $ion_symbol_table
    assert list(read_structs(document(table("a"), first, table("b", further=keep), first, second))) == [
        {"a": {"N": "1"}},
        {"a": {"N": "1"}},
        {"b": {"N": "2"}},
    ]
    assert list(read_structs(document(table("a"), table("b"), first, VERSION_MARKER, table("c"), first))) == [
        {"b": {"N": "1"}},
        {"c": {"N": "1"}},
    ]


def test_padding_is_passed_over() -> None:
    assert list(read_structs(document(b"\x02ab", table("a"), b"\xd5\x8a\x00\x8a\x21\x05", b"\x00"))) == [
        {"a": {"N": "5"}}
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"\x21\x01",  # no struct
        b"\xd3\x8a\x21\x01",  # a symbol that no table has
        b"\xd3\x84\x61\x80",  # a timestamp
        b"\xd3\x84\x71\x04",  # a symbol
        b"\xd3\x84\x91a",  # a clob
        b"\xd3\x84\xf1a",  # no type at all
        b"\xd4\x84\x82\xff\xfe",  # no UTF-8
        b"\xd9\x84\x48\x7f\xf0\x00\x00\x00\x00\x00\x00",  # infinity
        b"\xde\x8a\x84\x21",  # cut off
        table("a", further=b"\x86\xb2\xd1\x80"),  # a shared symbol table
        b"\xb1" * 300 + b"\xb0",
    ],
)
def test_what_is_no_ion_or_no_item(content: bytes) -> None:
    with pytest.raises(ion.IonError):
        list(read_structs(document(content)))


@given(st.integers(4, len(DOCUMENT) - 1), st.binary(max_size=8))
def test_what_is_broken_is_said_to_be(place: int, bytes_: bytes) -> None:
    for broken in (DOCUMENT[:place], DOCUMENT[:place] + bytes_ + DOCUMENT[place + len(bytes_) :]):
        try:
            found = list(read_structs(broken))
        except ion.IonError:
            continue
        assert all(isinstance(item, dict) for item in found)
