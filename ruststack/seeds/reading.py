"""A seed's file: YAML to documents that have been checked, with the line of each thing that is said.

In: the file. Out: documents as dicts, whose account, region and names are in place. Raised: `SeedError`, with the line.

Values are those of YAML 1.2's core schema, in which `000000000000` and `no` are text; `!!binary` gives bytes, `!!set` a
frozenset.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from awskit.sigv4.caller import DEFAULT_ACCOUNT_ID, DEFAULT_REGION
from ruststack.refusal import Refused
from ruststack.seeds import schema
from ruststack.seeds.schema import first_mistake

_DEEPEST = 50
_YAML = "tag:yaml.org,2002:"
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_CONSTANTS = {"null": None, "~": None, "": None, "true": True, "True": True, "false": False, "False": False}

Where = tuple[str | int, ...]


class SeedError(Refused):
    """The file cannot be used; the text says where and why."""


@dataclass
class SeedDocument:
    """One document of a file: what it says, and where."""

    file: Path
    content: dict[str, Any]
    lines: dict[Where, int] = field(repr=False)

    @property
    def account(self) -> str:
        return str(self.content.get("account", DEFAULT_ACCOUNT_ID))

    @property
    def region(self) -> str:
        return str(self.content.get("region", DEFAULT_REGION))

    def mistake(self, where: Where, text: str) -> SeedError:
        """The error of what is said there."""
        line = next((self.lines[where[:end]] for end in range(len(where), -1, -1) if where[:end] in self.lines), 1)
        named = ".".join(map(str, where)).replace(".[", "[") or "the document"
        return SeedError(f"{self.file}, line {line}: {named} {text}")


def read(file: Path) -> list[SeedDocument]:
    """Its documents. Raises `SeedError`."""
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise SeedError(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SeedError(f"{file} is no UTF-8") from error
    try:
        nodes = list(yaml.compose_all(text, Loader=yaml.SafeLoader))
    except yaml.YAMLError as error:
        raise SeedError(_syntax(file, error)) from error
    rules = json.loads(Path(schema.__file__).with_name("schema.json").read_bytes())
    return [_document(file, node, rules) for node in nodes if node is not None]


def _document(file: Path, node: Any, rules: Any) -> SeedDocument:
    document = SeedDocument(file, {}, {})
    content = _Values(document).value(node, ())
    mistake = first_mistake(rules, content)
    if mistake is not None:
        raise document.mistake(mistake.path, mistake.text)
    document.content = content or {}
    return document


class _Values:
    """The values of a document's nodes; notes the line of each."""

    def __init__(self, document: SeedDocument) -> None:
        self._document = document

    def value(self, node: Any, where: Where) -> Any:
        self._document.lines[where] = node.start_mark.line + 1
        if len(where) > _DEEPEST:
            raise self._document.mistake(where, "is nested too deep")
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, where)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(one, (*where, number)) for number, one in enumerate(node.value)]
        if node.tag == f"{_YAML}set":
            return frozenset(self.value(key, (*where, key.value)) for key, _ in node.value)
        return self._mapping(node, where)

    def _mapping(self, node: Any, where: Where) -> dict[str, Any]:
        found: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key, entry in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise self._document.mistake(where, "has a key that is no text")
            name = key.value
            if key.tag == f"{_YAML}merge":
                for one in entry.value if isinstance(entry, yaml.SequenceNode) else (entry,):
                    merged.update(self.value(one, where))
                continue
            if name in found:
                self._document.lines[(*where, name)] = key.start_mark.line + 1
                raise self._document.mistake((*where, name), "is there twice")
            found[name] = self.value(entry, (*where, name))
            self._document.lines[(*where, name)] = key.start_mark.line + 1
        return {**merged, **found}

    def _scalar(self, node: Any, where: Where) -> Any:
        text: str = node.value
        if node.tag == f"{_YAML}binary":
            try:
                return base64.b64decode("".join(text.split()), validate=True)
            except binascii.Error as error:
                raise self._document.mistake(where, "is no base64") from error
        if node.style is not None or node.tag == f"{_YAML}str":
            return text
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        if _INTEGER.fullmatch(text):
            return int(text)
        return float(text) if _FLOAT.fullmatch(text) and not text.lstrip("-+").startswith("0" * 2) else text


def _syntax(file: Path, error: Any) -> str:
    mark = getattr(error, "problem_mark", None)
    line = f", line {mark.line + 1}" if mark is not None else ""
    return f"{file}{line}: this is no YAML: {getattr(error, 'problem', None) or error}"
