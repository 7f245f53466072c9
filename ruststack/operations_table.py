"""The table of operations: `python -m ruststack.operations_table docs/operations.md`, which `make docs` calls.

Every operation of every service model, and whether there is a handler for it. With `--check` nothing is written: it
exits with 1 where the file is not what the code says.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

from awskit.service.operation import discover
from awskit.wire.model import load_model
from ruststack.packages import module_name

# The model's name, what a reader calls it, and the package of its handlers.
MODELS = (
    ("s3", "Amazon S3", "services.s3.operations"),
    ("s3control", "Amazon S3 Control", "services.s3.operations"),
    ("dynamodb", "Amazon DynamoDB", "services.dynamodb.operations"),
    ("dynamodbstreams", "Amazon DynamoDB Streams", "services.dynamodb.operations"),
    ("sqs", "Amazon SQS", "services.sqs.operations"),
    ("sns", "Amazon SNS", "services.sns.operations"),
    ("sts", "AWS STS", "gateway.sts"),
)
# Models with operations that another one's handlers have names in common with: theirs say whose they are.
_NAMESAKES = frozenset({"s3control"})
_HEAD = """# Operations

Written by `make docs` from the code. An operation that is not implemented answers HTTP 501 with the code
`NotImplemented`.
"""


def implemented_operations(model: str, package: str) -> set[str]:
    """The operations of `model` that `package` has handlers for."""
    names = set(load_model(model).operations)
    found = discover(importlib.import_module(module_name(package)))
    owners = (model,) if model in _NAMESAKES else (None, model)
    return {name for owner, name in found if name in names and owner in owners}


def render() -> str:
    """The whole page, as Markdown."""
    return _HEAD + "".join("\n" + line for model in MODELS for line in _section(*model)) + "\n"


def _section(model: str, title: str, package: str) -> Iterator[str]:
    names = sorted(load_model(model).operations)
    done = implemented_operations(model, package)
    yield f"## {title}: {len(done)} of {len(names)}\n"
    yield "| operation | implemented |"
    yield "|---|---|"
    for name in names:
        yield f"| {name} | {'yes' if name in done else 'no'} |"
    yield ""


def main() -> int:
    check = "--check" in sys.argv[1:]
    (path,) = (Path(argument) for argument in sys.argv[1:] if argument != "--check")
    page = render().rstrip("\n") + "\n"
    if not check:
        path.write_text(page)
        return 0
    if path.exists() and path.read_text() == page:
        print(f"{path} is current")
        return 0
    print(f"{path} is not what the code says: run `make docs`", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
