"""A request of the journal as a command for a shell: `aws sqs create-queue --cli-input-json '{...}'`.

The journal keeps the beginning of the parameters: of a longer request the command has what is known, and says so.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import orjson

_STREAMS = frozenset({"DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"})
_PROGRAMS = {"s3": "s3api"}
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PARAMETER = re.compile(r"(?:^| )([A-Z][\w.]*)=")
_CUT = "..."


def command_of(entry: Mapping[str, Any], endpoint: str) -> str:
    """The command; two lines where something of the request is not known."""
    service, operation = str(entry["service"]), str(entry["operation"])
    if not operation:
        return ""
    program = _PROGRAMS.get(service, "dynamodbstreams" if operation in _STREAMS else service)
    where = ["--endpoint-url", endpoint, "--region", str(entry["region"])]
    words = ["aws", *where, program, _hyphenated(operation), *_parameters(entry)]
    said = " ".join(shlex.quote(word) for word in words)
    if str(entry["parameters"]).endswith(_CUT):
        return f"# the journal keeps the beginning of the parameters only: {entry['parameters']}\n{said}"
    return said


def _parameters(entry: Mapping[str, Any]) -> list[str]:
    given, resource = str(entry["parameters"]), str(entry["resource"])
    if entry["service"] == "s3":
        return _of_s3(resource, given)
    if given.startswith("{"):
        try:
            members = orjson.loads(given)
        except orjson.JSONDecodeError:
            return _whole_members(given)
        return ["--cli-input-json", orjson.dumps(members).decode()] if members else []
    return _of_query(given.removesuffix(_CUT))


def _whole_members(given: str) -> list[str]:
    """The first member of a document that was cut off, which names the queue or the table."""
    match = re.match(r'\{"(\w+)": ?"([^"\\]*)"', given)
    return [f"--{_hyphenated(match[1])}", match[2]] if match else []


def _of_s3(resource: str, given: str) -> list[str]:
    bucket, _, key = resource.partition("/")
    words = ["--bucket", bucket] if bucket else []
    words += ["--key", key] if key else []
    for name, value in re.findall(r"(?:^| )([\w-]+)=(\S*)", given):
        if option := _S3_PARAMETERS.get(name):
            words += [option, unquote(value)]
    return words


_S3_PARAMETERS = {
    "versionId": "--version-id",
    "prefix": "--prefix",
    "delimiter": "--delimiter",
    "max-keys": "--max-keys",
    "uploadId": "--upload-id",
    "partNumber": "--part-number",
    "continuation-token": "--continuation-token",
    "start-after": "--start-after",
}


def _of_query(given: str) -> list[str]:
    """Parameters of the query protocol: flat ones as they are, lists and maps as JSON."""
    found = list(_PARAMETER.finditer(given))
    ends = [*(match.start() for match in found[1:]), len(given)]
    flat: dict[str, Any] = {}
    for match, end in zip(found, ends, strict=True):
        _put(flat, match[1].split("."), given[match.end() : end])
    words: list[str] = []
    for name, value in flat.items():
        said = value if isinstance(value, str) else orjson.dumps(_structure(value)).decode()
        words += [f"--{_hyphenated(name)}", said]
    return words


def _put(into: dict[str, Any], path: list[str], value: str) -> None:
    for part in path[:-1]:
        found = into.setdefault(part, {})
        if not isinstance(found, dict):
            return
        into = found
    into[path[-1]] = value


def _structure(value: Any) -> Any:
    """`member.1` makes lists; `entry.1` with `key` and `value`, or `Name` and `Value`, makes maps."""
    if not isinstance(value, dict):
        return value
    if set(value) == {"member"} and isinstance(value["member"], dict):
        return [_structure(one) for one in value["member"].values()]
    if set(value) == {"entry"} and isinstance(value["entry"], dict):
        pairs = [one for one in value["entry"].values() if isinstance(one, dict)]
        return {_first(one, "key", "Name"): _structure(_first(one, "value", "Value")) for one in pairs}
    return {name: _structure(one) for name, one in value.items()}


def _first(pair: Mapping[str, Any], *names: str) -> Any:
    return next((pair[name] for name in names if name in pair), "")


def _hyphenated(name: str) -> str:
    return _WORDS.sub("-", name).lower()
